// Package citizen is a surface.
package citizen
