// Package v is a picture that leans on another.
package v

import _ "yimen/view/w"
