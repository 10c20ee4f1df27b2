// Package w is a picture.
package w
