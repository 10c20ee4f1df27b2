// This package has a comment that does not begin as it should.
package vague
