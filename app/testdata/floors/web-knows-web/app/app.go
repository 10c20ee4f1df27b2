// Package app puts everything together.
package app
