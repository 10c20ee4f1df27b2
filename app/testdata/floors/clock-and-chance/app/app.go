// Package app sleeps.
package app

import "time"

func wait() { time.Sleep(time.Until(time.Now())) }
