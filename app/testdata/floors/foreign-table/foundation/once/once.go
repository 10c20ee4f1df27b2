// Package once forgets nothing and reads other tables.
package once

const q = "select 1 from event_event"
