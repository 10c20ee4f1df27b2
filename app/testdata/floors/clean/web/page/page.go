// Package page draws pages.
package page
