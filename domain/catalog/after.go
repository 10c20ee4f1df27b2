package catalog

import (
	_ "embed"
	"encoding/json"
	"sync"

	"yimen/ref"
)

// After says what follows the decision, where the item has its own rule; what is left empty is as after.json says.
type After struct {
	Supervisor ref.OrganID `json:"supervisor,omitempty"`  // 监管部门, told of what was granted; empty: the deciding organ
	Refusals   bool        `json:"refusals,omitempty"`    // 不予决定 is public as well
	PublicDays int         `json:"public_days,omitempty"` // how long a decision stays public
	NoticeDays int         `json:"notice_days,omitempty"` // 公告送达: after how many days a public notice counts as served
	Keep       string      `json:"keep,omitempty"`        // 保管期限: permanent · years
}

// keeps are the retention periods there are (DA/T 85-2019).
var keeps = []string{"permanent", "30", "10"}

//go:embed after.json
var afterJSON []byte

var usualAfter = sync.OnceValue(func() (a After) {
	if err := json.Unmarshal(afterJSON, &a); err != nil {
		panic(err) // embedded, and read by a test
	}
	return a
})

// Afterwards is the item's After with what is usual where it says nothing.
func (it *Item) Afterwards() After {
	a, usual := it.After, usualAfter()
	if a.Supervisor == "" {
		a.Supervisor = it.Organ
	}
	if a.PublicDays == 0 {
		a.PublicDays = usual.PublicDays
	}
	if a.NoticeDays == 0 {
		a.NoticeDays = usual.NoticeDays
	}
	if a.Keep == "" {
		a.Keep = usual.Keep
	}
	return a
}
