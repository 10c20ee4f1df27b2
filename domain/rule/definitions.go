package rule

// Model is the part of a DMN 1.5 definitions element that conformance level 2 needs. Its
// diagrams are not kept.
type Model struct {
	ID        string           `xml:"id,attr,omitempty"`
	Name      string           `xml:"name,attr"`
	Namespace string           `xml:"namespace,attr"`
	Extension *Extension       `xml:"extensionElements"`
	Items     []ItemDefinition `xml:"itemDefinition"`
	Inputs    []InputData      `xml:"inputData"`
	Decisions []Decision       `xml:"decision"`
	Knowledge []Knowledge      `xml:"businessKnowledgeModel"`
}

// Extension carries what DMN has no place for: which organ and item a table belongs to, and the
// legal basis of a rule.
type Extension struct {
	Owner  *Owner    `xml:"https://yimen.example/dmn owner"`
	Basis  *Citation `xml:"https://yimen.example/dmn basis"`
	Row    *RowMark  `xml:"https://yimen.example/dmn row"`
	Clause *Clause   `xml:"https://yimen.example/dmn clause"`
}

// ItemDefinition names a type: a base type with allowed values, or components.
type ItemDefinition struct {
	ID         string           `xml:"id,attr,omitempty"`
	Name       string           `xml:"name,attr"`
	Label      string           `xml:"label,attr,omitempty"`
	Collection bool             `xml:"isCollection,attr,omitempty"`
	Type       string           `xml:"typeRef,omitempty"`
	Allowed    *Unary           `xml:"allowedValues"`
	Components []ItemDefinition `xml:"itemComponent"`
}

// Unary is a text of unary tests.
type Unary struct {
	ID   string `xml:"id,attr,omitempty"`
	Text string `xml:"text"`
}

func (u *Unary) text() string {
	if u == nil {
		return ""
	}
	return u.Text
}

// Variable is the name and type under which a node's value is known.
type Variable struct {
	ID   string `xml:"id,attr,omitempty"`
	Name string `xml:"name,attr"`
	Type string `xml:"typeRef,attr,omitempty"`
}

// InputData is a fact that comes from outside.
type InputData struct {
	ID       string   `xml:"id,attr"`
	Name     string   `xml:"name,attr"`
	Label    string   `xml:"label,attr,omitempty"`
	Variable Variable `xml:"variable"`
}

// Decision is a node of the requirement graph with exactly one expression.
type Decision struct {
	ID        string        `xml:"id,attr"`
	Name      string        `xml:"name,attr"`
	Label     string        `xml:"label,attr,omitempty"`
	Question  string        `xml:"question,omitempty"`
	Answers   string        `xml:"allowedAnswers,omitempty"`
	Variable  Variable      `xml:"variable"`
	Requires  []Requirement `xml:"informationRequirement"`
	Knowledge []Requirement `xml:"knowledgeRequirement"`
	Expression
}

// Requirement points to an input, a decision or a knowledge model by "#id".
type Requirement struct {
	ID       string `xml:"id,attr,omitempty"`
	Input    *Href  `xml:"requiredInput"`
	Decision *Href  `xml:"requiredDecision"`
	Know     *Href  `xml:"requiredKnowledge"`
}

// Href is a reference inside the model.
type Href struct {
	To string `xml:"href,attr"`
}

// Knowledge is a business knowledge model: a function.
type Knowledge struct {
	ID       string        `xml:"id,attr"`
	Name     string        `xml:"name,attr"`
	Variable *Variable     `xml:"variable"`
	Logic    Encapsulated  `xml:"encapsulatedLogic"`
	Requires []Requirement `xml:"knowledgeRequirement"`
}

// Encapsulated is a function's parameters and body.
type Encapsulated struct {
	ID         string     `xml:"id,attr,omitempty"`
	Type       string     `xml:"typeRef,attr,omitempty"`
	Parameters []Variable `xml:"formalParameter"`
	Expression
}

// Expression is one of a literal expression, a decision table and an invocation.
type Expression struct {
	Literal    *Literal       `xml:"literalExpression"`
	Table      *DecisionTable `xml:"decisionTable"`
	Invocation *Invocation    `xml:"invocation"`
}

// Literal is an S-FEEL text.
type Literal struct {
	ID       string `xml:"id,attr,omitempty"`
	Type     string `xml:"typeRef,attr,omitempty"`
	Language string `xml:"expressionLanguage,attr,omitempty"`
	Text     string `xml:"text"`
}

func (l *Literal) text() string {
	if l == nil {
		return ""
	}
	return l.Text
}

// Invocation calls a knowledge model with bound parameters.
type Invocation struct {
	ID       string    `xml:"id,attr,omitempty"`
	Type     string    `xml:"typeRef,attr,omitempty"`
	Function Literal   `xml:"literalExpression"`
	Bindings []Binding `xml:"binding"`
}

// Binding gives one parameter its value.
type Binding struct {
	Parameter Variable `xml:"parameter"`
	Value     Literal  `xml:"literalExpression"`
}

// DecisionTable is a table of rules as rows.
type DecisionTable struct {
	ID          string         `xml:"id,attr,omitempty"`
	HitPolicy   string         `xml:"hitPolicy,attr,omitempty"`
	Aggregation string         `xml:"aggregation,attr,omitempty"`
	Orientation string         `xml:"preferredOrientation,attr,omitempty"`
	OutputLabel string         `xml:"outputLabel,attr,omitempty"`
	Type        string         `xml:"typeRef,attr,omitempty"`
	Inputs      []InputClause  `xml:"input"`
	Outputs     []OutputClause `xml:"output"`
	Annotations []Annotation   `xml:"annotation"`
	Rules       []RuleClause   `xml:"rule"`
}

// InputClause is a column of conditions.
type InputClause struct {
	ID         string     `xml:"id,attr,omitempty"`
	Label      string     `xml:"label,attr,omitempty"`
	Extension  *Extension `xml:"extensionElements"`
	Expression Literal    `xml:"inputExpression"`
	Values     *Unary     `xml:"inputValues"`
}

// OutputClause is a column of conclusions; the order of its values is their priority.
type OutputClause struct {
	ID      string   `xml:"id,attr,omitempty"`
	Name    string   `xml:"name,attr,omitempty"`
	Label   string   `xml:"label,attr,omitempty"`
	Type    string   `xml:"typeRef,attr,omitempty"`
	Values  *Unary   `xml:"outputValues"`
	Default *Literal `xml:"defaultOutputEntry"`
}

// Annotation names a column of remarks.
type Annotation struct {
	Name string `xml:"name,attr"`
}

// RuleClause is one row.
type RuleClause struct {
	ID          string     `xml:"id,attr,omitempty"`
	Description string     `xml:"description,omitempty"`
	Extension   *Extension `xml:"extensionElements"`
	Cells       []Unary    `xml:"inputEntry"`
	Outputs     []Literal  `xml:"outputEntry"`
	Remarks     []Remark   `xml:"annotationEntry"`
}

// Remark is a cell of an annotation column.
type Remark struct {
	Text string `xml:"text"`
}
