// Package b is a noun that looks upward.
package b

import _ "yimen/process/p"
