// Package types is named otherwise than its folder.
package types
