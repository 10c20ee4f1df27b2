// Command yimen is the one binary: demo, serve, account, verify, bench.
package main

import (
	"os"

	"yimen/app"
)

func main() { os.Exit(app.Main(os.Args[1:])) }
