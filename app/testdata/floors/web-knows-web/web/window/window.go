// Package window is a surface.
package window

import (
	_ "yimen/app"
	_ "yimen/web/citizen"
)
