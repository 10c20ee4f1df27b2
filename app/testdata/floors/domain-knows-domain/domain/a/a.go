// Package a is a noun.
package a

import _ "yimen/domain/b"
