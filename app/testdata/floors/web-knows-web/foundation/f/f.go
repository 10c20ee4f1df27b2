// Package f looks up.
package f

import _ "yimen/ref"
