// Package p is a verb.
package p
