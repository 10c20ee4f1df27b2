package floors

// Rules are the tables that the checks read.
type Rules struct {
	Floors []Floor
	// Clock, Chance and Engine list the packages that may read the computer's clock, use math/rand, or branch by engine.
	Clock, Chance, Engine []Allowed
}

// Floor says what one top folder may import. An entry of May is a package of ours, or ends in /* for all packages one or
// more folders below.
type Floor struct {
	Folder  string
	Units   bool // each folder below is a unit of its own, and units do not import each other
	May     []string
	InTests []string // further imports of _test.go files
	Reason  string
	Planned bool // not built yet; once the folder is there the mark must go
}

// Allowed is an exception with its reason. One that is not used is a violation.
type Allowed struct {
	Package string
	Reason  string
}

// House is the table of the real tree.
func House() Rules {
	return Rules{
		Floors: []Floor{
			{Folder: "ref",
				Reason: "ids and code lists are named by everybody, so they may depend on nobody"},
			{Folder: "foundation", Units: true, May: []string{"foundation/*"},
				Reason: "how a computer does it holds no word of government"},
			{Folder: "ledger", May: []string{"foundation/*"}, Planned: true,
				Reason: "a proof must be checkable by people who have nothing else of ours"},
			{Folder: "domain", Units: true, May: []string{"foundation/*", "ref", "ledger"},
				Reason: "domains do not know each other: a process reads from one and hands values to the next"},
			{Folder: "connector", Units: true, May: []string{"connector", "foundation/*", "ref"},
				InTests: []string{"connector/conformance", "connector/simulator/*"},
				Reason:  "an outside system is a detail that any other may replace"},
			{Folder: "device", Units: true, May: []string{"device", "foundation/*", "ref"}, InTests: []string{"device/*"},
				Reason: "a device is a detail that any other may replace"},
			{Folder: "view", Units: true, May: []string{"domain/*", "foundation/*", "ref"}, InTests: []string{"app/apptest"},
				Reason: "a picture over several nouns that other pictures lean on could not be changed"},
			{Folder: "process", Units: true,
				May:     []string{"domain/*", "connector", "device", "foundation/*", "ref", "ledger/client"},
				InTests: []string{"app/apptest"},
				Reason:  "steps never call one another, and what is done does not depend on what is shown"},
			{Folder: "web", Units: true,
				May:     []string{"process/*", "view/*", "domain/*", "foundation/*", "ref", "web/page", "web/asset", "web/text"},
				InTests: []string{"app/apptest"},
				Reason:  "surfaces share what pages are made of and nothing else"},
			{Folder: "town", May: []string{"app/*", "web/*", "process/*", "view/*", "domain/*", "foundation/*", "ref", "device", "device/*", "connector", "connector/*"},
				Reason: "the town is loaded as a department would load it"},
			{Folder: "app", May: []string{"app/*", "town", "town/*", "web/*", "process/*", "view/*", "domain/*", "foundation/*", "ref", "device", "device/*", "connector", "connector/*", "ledger", "ledger/*"},
				Reason: "the one place that knows everybody"},
			{Folder: "cmd", May: []string{"app", "app/*"},
				Reason: "a command only calls the composition root"},
		},
		Clock: []Allowed{
			{"foundation/db", "how long a write held others up, and the backoff of retries"},
			{"foundation/telemetry", "how long a request took; no rule of the house depends on it"},
		},
		Chance: []Allowed{},
		Engine: []Allowed{
			{"foundation/db", "it is the package that hides the difference"},
		},
	}
}
