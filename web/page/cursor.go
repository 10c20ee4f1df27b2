package page

import (
	"encoding/base64"
	"encoding/json"

	"yimen/foundation/fault"
)

// Cursor writes the sort values of a list's last row as one parameter of an address: a list goes on after a row, never at
// an offset. It is not secret and must not carry a personal value.
func Cursor(values ...string) string {
	raw, _ := json.Marshal(values) // strings cannot fail
	return base64.RawURLEncoding.EncodeToString(raw)
}

// After reads a Cursor of n values; nil for "", which is the first page. Errors: fault.NotFound for anything else.
func After(cursor string, n int) ([]string, error) {
	if cursor == "" {
		return nil, nil
	}
	var values []string
	raw, err := base64.RawURLEncoding.DecodeString(cursor)
	if err == nil {
		err = json.Unmarshal(raw, &values)
	}
	if err != nil || len(values) != n {
		return nil, fault.New(fault.NotFound, "fault.not_found")
	}
	return values, nil
}
