// Package ref looks up.
package ref

import _ "yimen/foundation/f"
