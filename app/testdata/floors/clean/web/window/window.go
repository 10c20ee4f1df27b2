// Package window is the clerk's desk.
package window

import (
	_ "yimen/process/intake"
	_ "yimen/view/casepage"
	_ "yimen/web/page"
)
