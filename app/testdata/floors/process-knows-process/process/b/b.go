// Package b is a verb.
package b
