// The one binary.
package main

import _ "yimen/web/citizen"

func main() {}
