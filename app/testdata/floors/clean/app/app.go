// Package app puts everything together.
package app

import (
	"math/rand"
	"time"

	_ "yimen/web/window"
)

// Now is read here and handed down.
var Now = time.Now

var seed = rand.Int()
