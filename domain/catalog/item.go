package catalog

import (
	"encoding/json"
	"slices"

	"yimen/ref"
)

// Item is one version of a government matter (事项) as its keeper wrote it: the outward
// service (guide), the inward discretion (rule) and the process (plan) in one document.
// Field names follow GB/T 39554.2-2020 and the national exchange table where it has one.
type Item struct {
	ID          ref.ItemID      `json:"id"`           // stable over versions, e.g. "cc-road-dig"
	Name        string          `json:"name"`         // 事项名称
	NameEn      string          `json:"name_en"`      // optional
	Aliases     []string        `json:"aliases"`      // everyday words people search by
	TaskCode    string          `json:"task_code"`    // 实施编码, 31 characters
	HandleCode  string          `json:"handle_code"`  // 业务办理项编码, 33 characters, or empty
	TaskType    ref.TaskType    `json:"task_type"`    // 事项类型, 2 digits
	ProjectType ref.ProjectType `json:"project_type"` // 1 即办件 · 2 承诺件
	Organ       ref.OrganID     `json:"organ"`        // 实施主体: who decides
	Level       ref.Level       `json:"level"`        // 行使层级 1–6
	PowerSource string          `json:"power_source"` // 权力来源 1–6
	Audience    []ref.Audience  `json:"audience"`     // 服务对象
	Needs       []Need          `json:"needs"`        // what people come for, by which they find it: 开店经营
	Summary     string          `json:"summary"`      // one plain sentence: what you get
	Basis       []Citation      `json:"basis"`        // 设定依据
	Conditions  []Clause        `json:"conditions"`   // 受理条件
	Materials   []MaterialSpec  `json:"materials"`
	Form        []Field         `json:"form"`
	Plan        Plan            `json:"plan"`
	Rule        Rule            `json:"rule"` // 裁量基准 of the deciding step
	Times       Times           `json:"times"`
	Accept      AcceptMode      `json:"accept"` // who may accept at the window
	Result      Result          `json:"result"`
	Fee         Fee             `json:"fee"`
	Remedy      Remedy          `json:"remedy"`
	Service     Service         `json:"service"`
	Main        Main            `json:"main"`           // 主项 and what kind of 业务办理项 this is
	Owner       Owner           `json:"owner"`          // whose power it is and who works on it
	Channels    Channels        `json:"channels"`       // where and how it can be applied for
	Quota       Quota           `json:"quota"`          // 数量限制
	Special     []Special       `json:"special"`        // 特别程序, not counted into the time (行政许可法 45)
	Promise     Promise         `json:"promise"`        // 告知承诺: a promise in place of proofs
	Middlemen   []Middleman     `json:"middlemen"`      // 中介服务
	Questions   []Question      `json:"questions"`      // 我能办吗
	FAQ         []FAQ           `json:"faq"`            // 常见问题
	Forbidden   []Clause        `json:"forbidden"`      // 禁止性规定
	Checks      []Check         `json:"checks"`         // what answers of the form must be to each other
	Groups      []Group         `json:"groups"`         // repeating parts of the form
	CoSign      []CoSigner      `json:"co_sign"`        // who must sign beside the applicant
	WalkThrough bool            `json:"walk_through"`   // one of the items written out whole
	After       After           `json:"after,omitzero"` // what follows the decision: supervision, publication, archive
	Assumed     []string        `json:"assumed"`        // JSON paths of what is assumed rather than known ("source: assumed")
}

// Copy is the item again, sharing nothing with it.
func (it *Item) Copy() (*Item, error) {
	raw, err := json.Marshal(it)
	if err != nil {
		return nil, err
	}
	out := &Item{}
	return out, json.Unmarshal(raw, out)
}

// Need is something people want, in their own words; several items may serve it.
type Need struct {
	Name   string `json:"name"`
	NameEn string `json:"name_en"`
}

// Citation names a legal basis by law, article and paragraph; never free text.
type Citation struct {
	Law       string `json:"law"`       // full name without 《》, e.g. 中华人民共和国行政许可法
	Article   int    `json:"article"`   // 条
	Sub       int    `json:"sub"`       // 条之N, 0 when none
	Paragraph int    `json:"paragraph"` // 款, 0 when the whole article
	Point     int    `json:"point"`     // 项, 0 when none
	Text      string `json:"text"`      // the words relied on, copied from the law
}

// Clause is a condition in plain words with its basis.
type Clause struct {
	Text  string    `json:"text"`
	Basis *Citation `json:"basis,omitempty"`
}

// MaterialSpec is one material (材料) an item asks for.
type MaterialSpec struct {
	ID       string    `json:"id"`   // stable inside the item
	Kind     string    `json:"kind"` // what it is across items ("id-card", "business-licence" …): the key of reuse
	Name     string    `json:"name"`
	Need     ref.Need  `json:"need"`     // 1 必要 2 非必要 3 容缺后补
	Form     string    `json:"form"`     // 1 纸质 2 电子 3 纸质或电子
	Original string    `json:"original"` // 1 原件 2 复印件 3 原件和复印件
	Copies   int       `json:"copies"`
	Source   string    `json:"source"`   // 10 申请人自备 20 政府部门核发 99 其他
	Issuer   string    `json:"issuer"`   // who issues it, when 20
	Check    []string  `json:"check"`    // what the clerk looks at
	Mistakes []string  `json:"mistakes"` // common ones
	Basis    *Citation `json:"basis,omitempty"`
	Code     string    `json:"code"`      // 材料编码 in the shared catalogue of materials, or empty
	When     string    `json:"when"`      // S-FEEL over answers: asked for only if it holds; empty: always
	Satisfy  []string  `json:"satisfies"` // kinds that serve as well, e.g. the licence another item of a bundle issues
	Licence  string    `json:"licence"`   // 可获取电子证照: the certificate type it is fetched by, or empty
	Types    []string  `json:"types"`     // file endings taken; empty: the house's
	MaxMB    int       `json:"max_mb"`    // size of one file; 0: the house's
	Blank    string    `json:"blank"`     // 空白表格: address or name of the empty form, or empty
	Sample   Sample    `json:"sample"`    // 示例样本
	Note     string    `json:"note"`      // 填报须知
	Prior    bool      `json:"prior"`     // 前置审批: another permit must come first
}

// Sample is what a good paper looks like, drawn by the house: a title, an issuer and the lines that
// must be on it. Nobody's real paper stands in a catalogue.
type Sample struct {
	Title  string   `json:"title"`
	Issuer string   `json:"issuer"`
	Lines  []string `json:"lines"`
	Marks  []string `json:"marks"` // what to look for, shown beside the sheet
}

// HandedIn says whether the applicant hands it in at all: what an organ issued and of which no
// copy is wanted is looked up, not asked for (716号令 7).
func (m MaterialSpec) HandedIn() bool { return m.Source != "20" || m.Copies > 0 }

// CoSigner says who must sign an application beside its first applicant, such as co-owners or all partners.
type CoSigner struct {
	Role    string    `json:"role"` // a word, stable inside the item: co-owner
	Label   string    `json:"label"`
	LabelEn string    `json:"label_en"`
	Least   int       `json:"least"` // at least so many of them
	When    string    `json:"when"`  // S-FEEL over the answers; empty: always
	Basis   *Citation `json:"basis,omitempty"`
}

// Field asks for one data element on the item's form; Element keys are shared over items
// so that an answer once given prefills the next form.
type Field struct {
	Element  string   `json:"element"` // data element id, e.g. "person.name", "road.site"
	Label    string   `json:"label"`
	LabelEn  string   `json:"label_en"`
	Hint     string   `json:"hint"`
	Kind     string   `json:"kind"` // text · longtext · number · money(元) · date · choice · idnumber · uscc · phone · address
	Options  []Option `json:"options"`
	Optional bool     `json:"optional"`
	Max      int      `json:"max"` // characters (code points); 0 = kind's default
	Min      string   `json:"min"` // number/date bounds as text, empty = none
	MaxValue string   `json:"max_value"`
	Section  string   `json:"section"`
	When     string   `json:"when"`    // S-FEEL over the other answers: asked only if it holds; empty: always
	Compute  string   `json:"compute"` // S-FEEL: the value is worked out and not typed; empty: asked
	Group    string   `json:"group"`   // repeating group it belongs to, or empty
	Prefill  string   `json:"prefill"` // party fact it is prefilled from: name · number · phone · address · representative · company_name …, or "answer" = last answer to the element
}

// Shown is an answer as a person reads it: an option's label, numbers of people masked.
func (f Field) Shown(value string) string {
	for _, o := range f.Options {
		if o.Value == value {
			return o.Label
		}
	}
	switch f.Kind {
	case "idnumber":
		return ref.MaskNumber(value)
	case "phone":
		return ref.MaskPhone(value)
	}
	return value
}

type Option struct {
	Value string `json:"value"`
	Label string `json:"label"`
}

// Plan is the graph of steps after acceptance. A step is ready when its After are done
// (all of them when Join is "all" or empty, one of them when "any").
type Plan struct {
	Mode  string `json:"mode"` // "lead": one deciding organ, others give opinions · "own": each organ issues its own result
	Steps []Step `json:"steps"`
}

type Step struct {
	ID       string      `json:"id"`
	Name     string      `json:"name"`
	Kind     string      `json:"kind"`  // one of StepKinds (sealing and delivery follow every decision)
	Organ    ref.OrganID `json:"organ"` // "@street" = the street or town office of the place the case belongs to
	Level    ref.Level   `json:"level"`
	After    []string    `json:"after"`
	Join     string      `json:"join"`     // all (default) · any
	Limit    Span        `json:"limit"`    // the step's own clock
	Points   []string    `json:"points"`   // 审查要点: what is judged
	Ends     bool        `json:"ends"`     // nothing waits for it: an explicit end of its path, left open when the decision falls
	Officers int         `json:"officers"` // 2 when a substantive check needs two named officers (行政许可法 34)
	Basis    *Citation   `json:"basis,omitempty"`

	Default      string    `json:"default,omitempty"`       // agree: who gives no opinion in time agrees (缺席默认); empty: silence says nothing
	DefaultBasis *Citation `json:"default_basis,omitempty"` // where that is published
	Panel        Panel     `json:"panel,omitzero"`          // of experts and collective only
	Together     string    `json:"together,omitempty"`      // of visits: those of one name go to the site together, at one appointment
}

// Silent says that silence counts as agreement.
func (s Step) Silent() bool {
	return s.Default == DefaultAgree && s.DefaultBasis != nil && s.Defaultable()
}

// Defaultable says that silence may count at all: it informs a decision, and never reviews, accepts or decides.
func (s Step) Defaultable() bool { return s.Kind == StepOpinion || s.Kind == StepVisit }

// Rule is the decision table that bounds the decision: the first row whose condition the
// officer confirms proposes the outcome. Issue of full DMN tables comes later; rows and ids stay.
type Rule struct {
	Name   string      `json:"name"`
	Hit    string      `json:"hit"`    // DMN hit policy: U A F P; empty: F, the first row that holds
	Inputs []RuleInput `json:"inputs"` // what the cells are tested against; empty: an officer judges each row's words
	Rows   []RuleRow   `json:"rows"`
}

// RuleInput is one column of the decision table: an answer of the form, or a fact an officer finds.
type RuleInput struct {
	Name   string   `json:"name"`   // S-FEEL name: a data element id, or a word of its own
	Label  string   `json:"label"`  // what the officer reads
	Type   string   `json:"type"`   // string · number · boolean · date
	Values []string `json:"values"` // allowed values of a string, empty: any
	From   string   `json:"from"`   // "form": the answer to the element of that name · "officer": found by the officer
}

type RuleRow struct {
	ID      string   `json:"id"`      // e.g. "R3"
	When    string   `json:"when"`    // the fact that must hold, in plain words
	Outcome string   `json:"outcome"` // grant · refuse
	Says    string   `json:"says"`    // sentence for the letter
	Cells   []string `json:"cells"`   // S-FEEL unary tests, one an input; empty when the rule has no inputs
	Basis   Citation `json:"basis"`
}

// Span is a length of time in the units of the item's own basis.
type Span struct {
	N    int    `json:"n"`
	Unit string `json:"unit"` // workday · day · month · now (即办)
}

type Times struct {
	Legal      Span      `json:"legal"`
	LegalBasis *Citation `json:"legal_basis,omitempty"`
	Promised   Span      `json:"promised"`
	Tolerance  Span      `json:"tolerance"`          // 容缺补正时限, from acceptance; empty: as long as promised
	Silence    string    `json:"silence"`            // none · refused · granted (only with a basis)
	Extension  Span      `json:"extension,omitzero"` // what the organ's head may add once, by the item's own basis; a permit's comes from the law
	Supply     int       `json:"supply,omitempty"`   // calendar days to correct what was returned; 0: the house's
	Visits     int       `json:"visits"`             // 到办事现场次数
	VisitWhy   string    `json:"visit_why"`
}

// AcceptMode: "window" = the window is authorised to accept in the organ's name;
// "organ" = the window takes in (收件), the organ accepts within five working days.
type AcceptMode string

const (
	AcceptAtWindow AcceptMode = "window"
	AcceptByOrgan  AcceptMode = "organ"
)

type Result struct {
	Kind         string   `json:"kind"` // licence (证) · document (文) · approval (批复) · none
	Name         string   `json:"name"`
	CertType     string   `json:"cert_type"`     // 证照类型代码: 21 characters (USCC of the defining body + 3)
	Prefix       string   `json:"prefix"`        // e.g. 禅路许: of the document number
	ValidFor     Span     `json:"valid_for"`     // N = 0: no end
	Fields       []string `json:"fields"`        // elements printed on the licence
	Conditions   []string `json:"conditions"`    // printed duties
	MaterialKind string   `json:"material_kind"` // the kind it is deposited under for reuse
	Renewal      string   `json:"renewal"`       // 延续要求, in plain words; empty: none
	Area         string   `json:"area"`          // 有效地域范围; empty: the whole country
	Sample       Sample   `json:"sample"`        // 审批结果样本
	Delivery     []string `json:"delivery"`      // 送达方式: window · post · electronic
}

type Fee struct {
	Charged bool      `json:"charged"`
	Note    string    `json:"note"`
	Basis   *Citation `json:"basis,omitempty"`
	Lines   []FeeLine `json:"lines"` // 收费项目, when charged
}

// Priced says that an amount can be asked for: a fee is charged and its lines say how much.
func (f Fee) Priced() bool {
	return f.Charged && slices.ContainsFunc(f.Lines, func(l FeeLine) bool { return l.Amount > 0 })
}

// FeeLine is one thing that is charged: so much for each unit. How many units: worked out from the
// answers, or found by the deciding organ up to a bound, or one.
type FeeLine struct {
	Name     string    `json:"name"`     // 收费项目名称
	Standard string    `json:"standard"` // 收费标准, in words
	Amount   int       `json:"amount"`   // 分 for one unit
	Unit     string    `json:"unit"`     // what is counted: 本 · 平方米
	Count    string    `json:"count"`    // S-FEEL over answers: how many; empty: see Most
	Most     int       `json:"most"`     // without Count: the most the organ may find; 0: one unit is charged
	Reduced  string    `json:"reduced"`  // 减免情形; empty: none
	Basis    *Citation `json:"basis,omitempty"`
}

// Elements are what the form asks once, by data element: the names that a count may use.
func (it *Item) Elements() (out []string) {
	for _, f := range it.Form {
		if f.Group == "" {
			out = append(out, f.Element)
		}
	}
	return out
}

// Remedy is what an applicant may do: computed from the organ's level (行政复议法 24,
// 行政诉讼法 46) unless the item's own law says otherwise.
type Remedy struct {
	Review      string `json:"review"`      // 复议机关
	ReviewDays  int    `json:"review_days"` // 60
	Court       string `json:"court"`
	CourtMonths int    `json:"court_months"` // 6
}

type Service struct {
	Where    string `json:"where"`
	Hours    string `json:"hours"`
	Ask      string `json:"ask"`      // 咨询电话
	Complain string `json:"complain"` // 投诉电话
	Process  string `json:"process"`  // 办理流程 in plain words
	Area     string `json:"area"`     // 通办范围, in words
	Way      string `json:"way"`      // 交通指引
}
