// Package a is a verb.
package a

import (
	_ "yimen/process/b"
	_ "yimen/view/v"
)
