// Package clock reads the wrong clock.
package clock

import (
	"math/rand/v2"
	wall "time"
)

// Due is guessed.
func Due() wall.Time { return wall.Now().Add(wall.Duration(rand.Int())) }
