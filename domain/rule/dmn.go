package rule

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"slices"
	"strings"

	"yimen/foundation/fault"
)

// Namespace is DMN 1.5's.
const Namespace = "https://www.omg.org/spec/DMN/20230324/MODEL/"

// namespaces are DMN 1.1 to 1.5, which read alike at level 2.
var namespaces = []string{
	"http://www.omg.org/spec/DMN/20151101/dmn.xsd",
	"http://www.omg.org/spec/DMN/20180521/MODEL/",
	"https://www.omg.org/spec/DMN/20191111/MODEL/",
	"https://www.omg.org/spec/DMN/20211108/MODEL/",
	Namespace,
}

// Limits on a .dmn file.
const (
	MaxDMN      = 4 << 20 // bytes
	maxElements = 200_000
	maxXMLDepth = 40
)

// ReadDMN reads a .dmn file of DMN 1.1 to 1.5. Diagrams and foreign elements are passed over;
// entities, document types, too large or too deep files are Invalid or TooLarge.
func ReadDMN(r io.Reader) (*Model, error) {
	raw, err := io.ReadAll(io.LimitReader(r, MaxDMN+1))
	if err != nil {
		return nil, err
	}
	if len(raw) > MaxDMN {
		return nil, fault.New(fault.TooLarge, "rule.dmn_large", "max", MaxDMN>>20)
	}
	if err := inspect(raw); err != nil {
		return nil, err
	}
	m := &Model{}
	if err := xml.Unmarshal(raw, m); err != nil {
		return nil, fault.New(fault.Invalid, "rule.dmn_xml").Wrap(err)
	}
	m.trim()
	return m, nil
}

// inspect looks at every token before anything is built from them.
func inspect(raw []byte) error {
	dec := xml.NewDecoder(bytes.NewReader(raw))
	depth, elements := 0, 0
	for {
		t, err := dec.RawToken()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return fault.New(fault.Invalid, "rule.dmn_xml").Wrap(err)
		}
		switch t.(type) {
		case xml.Directive:
			return fault.New(fault.Invalid, "rule.dmn_doctype")
		case xml.StartElement:
			depth, elements = depth+1, elements+1
		case xml.EndElement:
			depth--
		}
		if depth > maxXMLDepth || elements > maxElements {
			return fault.New(fault.TooLarge, "rule.dmn_deep")
		}
	}
	return rootIsDMN(raw)
}

func rootIsDMN(raw []byte) error {
	dec := xml.NewDecoder(bytes.NewReader(raw))
	for {
		t, err := dec.Token()
		if err != nil {
			return fault.New(fault.Invalid, "rule.dmn_xml").Wrap(err)
		}
		if e, ok := t.(xml.StartElement); ok {
			if e.Name.Local != "definitions" || !slices.Contains(namespaces, e.Name.Space) {
				return fault.New(fault.Invalid, "rule.dmn_namespace")
			}
			return nil
		}
	}
}

// trim takes the layout of the file out of its texts, and the references' "#".
func (m *Model) trim() {
	for i := range m.Decisions {
		m.Decisions[i].Expression.trim()
	}
	for i := range m.Knowledge {
		m.Knowledge[i].Logic.Expression.trim()
	}
	trimItems(m.Items)
	if m.Extension.empty() {
		m.Extension = nil
	}
}

func trimItems(items []ItemDefinition) {
	for i := range items {
		it := &items[i]
		it.Type = strings.TrimSpace(it.Type)
		it.Allowed.trim()
		trimItems(it.Components)
	}
}

func (u *Unary) trim() {
	if u != nil {
		u.Text = strings.TrimSpace(u.Text)
	}
}

func (l *Literal) trim() {
	if l != nil {
		l.Text = strings.TrimSpace(l.Text)
	}
}

func (e *Expression) trim() {
	e.Literal.trim()
	if e.Invocation != nil {
		e.Invocation.Function.trim()
		for i := range e.Invocation.Bindings {
			e.Invocation.Bindings[i].Value.trim()
		}
	}
	if e.Table != nil {
		e.Table.trim()
	}
}

func (t *DecisionTable) trim() {
	for i := range t.Inputs {
		in := &t.Inputs[i]
		in.Expression.trim()
		in.Values.trim()
		if in.Extension.empty() {
			in.Extension = nil
		}
	}
	for i := range t.Outputs {
		t.Outputs[i].Values.trim()
		t.Outputs[i].Default.trim()
	}
	for i := range t.Rules {
		t.Rules[i].trim()
	}
}

func (r *RuleClause) trim() {
	for i := range r.Cells {
		r.Cells[i].trim()
	}
	for i := range r.Outputs {
		r.Outputs[i].trim()
	}
	for i := range r.Remarks {
		r.Remarks[i].Text = strings.TrimSpace(r.Remarks[i].Text)
	}
	if r.Extension.empty() {
		r.Extension = nil
	}
}

// empty says that the extensions of the file were all foreign.
func (e *Extension) empty() bool { return e == nil || *e == Extension{} }

// WriteDMN writes the model as DMN 1.5; ReadDMN of it gives an equal model.
func WriteDMN(w io.Writer, m *Model) error {
	type plain Model // without a name of its own: the element's name is given here
	named := struct {
		XMLName xml.Name
		plain
	}{xml.Name{Space: Namespace, Local: "definitions"}, plain(*m)}
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	enc := xml.NewEncoder(w)
	enc.Indent("", "  ")
	if err := enc.Encode(named); err != nil {
		return err
	}
	return enc.Close()
}
