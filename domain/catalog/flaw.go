package catalog

// Flaw is one thing wrong with an item, found before it is published.
type Flaw struct {
	Path string // where in the document, as JSON names it: materials[2].name; empty: the whole item
	Key  string // what is wrong, a message of the catalogues
	Args []any  // pairs for the message
	Warn bool   // worth a look, and does not hold the item up
}

// Blocking leaves out what only warns.
func Blocking(flaws []Flaw) (out []Flaw) {
	for _, f := range flaws {
		if !f.Warn {
			out = append(out, f)
		}
	}
	return out
}
