package catalog

import "yimen/ref"

// Kinds of 业务办理项: what is wanted of the matter.
const (
	HandleNew     = "new"     // 新办
	HandleChange  = "change"  // 变更
	HandleRenew   = "renew"   // 延续
	HandleReissue = "reissue" // 补证
	HandleCancel  = "cancel"  // 注销
	HandleOther   = "other"   // anything else the main item is divided into
)

// HandleKinds are the kinds of 业务办理项 in the order of a menu.
var HandleKinds = []string{HandleNew, HandleChange, HandleRenew, HandleReissue, HandleCancel, HandleOther}

// Main names the 主项 an item belongs to. An item that is not divided is its own main item, with an
// empty Kind and no 业务办理项编码.
type Main struct {
	ID   string `json:"id"`   // the same word in every 业务办理项 of the 主项
	Name string `json:"name"` // 主项名称
	Kind string `json:"kind"` // new · change · renew · reissue · cancel · other; empty: not divided
}

// Owner says whose power it is: GB/T 39554.2 实施主体性质, 委托部门, 主办处室, 会办处室, 联办机构.
type Owner struct {
	Nature     string   `json:"nature"`     // 实施主体性质: 1 法定机关 2 授权组织 3 受委托组织
	Entrusting string   `json:"entrusting"` // 委托部门, when entrusted
	Office     string   `json:"office"`     // 主办处室
	Joining    []string `json:"joining"`    // 会办处室
	Joint      []string `json:"joint"`      // 联办机构
	Forward    bool     `json:"forward"`    // 转报上级 (行政许可法 35)
	LocalCode  string   `json:"local_code"` // 地方实施编码, kept beside the national one
	Starts     string   `json:"starts"`     // 计划生效日期, yyyy-mm-dd, or empty
	Ends       string   `json:"ends"`       // 计划取消日期, yyyy-mm-dd, or empty
}

// Channels says where and how an item can be applied for and fetched.
type Channels struct {
	Hall        bool     `json:"hall"`         // 进驻政务大厅
	OneWindow   bool     `json:"one_window"`   // 一窗通办: at every comprehensive window
	Area        string   `json:"area"`         // 通办范围: country · provinces · province · city · district, empty: here only
	Ways        []string `json:"ways"`         // 办理形式: 1 窗口 2 网上 3 快递
	Online      bool     `json:"online"`       // 网办
	Depth       int      `json:"depth"`        // 网上办理深度 1–4; 4 = 全程网办
	Booking     bool     `json:"booking"`      // 预约办理
	Payment     bool     `json:"payment"`      // 网上支付
	Courier     bool     `json:"courier"`      // 物流快递
	Terminal    bool     `json:"terminal"`     // 自助终端
	Agent       bool     `json:"agent"`        // 代办
	CrossRegion bool     `json:"cross_region"` // 跨省通办
	Collect     bool     `json:"collect"`      // 异地代收
	Tolerant    bool     `json:"tolerant"`     // 容缺受理
	Themes      []string `json:"themes"`       // 主题分类, as codes of ref's theme tables
}

// Quota bounds how many are granted (行政许可法 57: in the order of acceptance).
type Quota struct {
	Limited bool      `json:"limited"`
	Number  int       `json:"number"` // in one period; 0: announced when it opens
	Period  string    `json:"period"` // year · batch
	How     string    `json:"how"`    // 公布方式
	Basis   *Citation `json:"basis,omitempty"`
}

// Special is a procedure whose time is not counted (行政许可法 45).
type Special struct {
	Kind  string    `json:"kind"` // visit 现场勘验 · hearing 听证 · tender 招标拍卖 · test 检验检测检疫 · appraisal 鉴定 · experts 专家评审 · publication 公示
	Name  string    `json:"name"`
	Time  Span      `json:"time"` // the longest it takes
	When  string    `json:"when"` // in which cases, in plain words
	Basis *Citation `json:"basis,omitempty"`
}

// SpecialKinds are the kinds of special procedure.
var SpecialKinds = []string{"visit", "hearing", "tender", "test", "appraisal", "experts", "publication"}

// Promise is 告知承诺: the promise replaces proofs, checked afterwards.
type Promise struct {
	Offered   bool      `json:"offered"`
	Materials []string  `json:"materials"` // ids of the materials it replaces
	Text      string    `json:"text"`      // what is promised
	Check     Span      `json:"check"`     // 核查时限, from the decision; empty: thirty days
	Basis     *Citation `json:"basis,omitempty"`
}

// Middleman is a service by others that the law makes a condition (中介服务).
type Middleman struct {
	Name  string    `json:"name"`
	Paid  string    `json:"paid"` // who pays
	Basis *Citation `json:"basis,omitempty"`
}

// Question is one of 我能办吗: an answer lets go on, or says why not and what instead.
type Question struct {
	ID      string   `json:"id"`
	Text    string   `json:"text"`
	TextEn  string   `json:"text_en"`
	Element string   `json:"element"` // the data element the answer goes into, or empty
	When    string   `json:"when"`    // S-FEEL over earlier answers; empty: always asked
	Options []Choice `json:"options"`
}

// Choice is an answer to a question.
type Choice struct {
	Value   string       `json:"value"`
	Label   string       `json:"label"`
	LabelEn string       `json:"label_en"`
	Stop    string       `json:"stop"`    // why it cannot be done then; empty: go on
	Instead []ref.ItemID `json:"instead"` // what fits better
	Basis   *Citation    `json:"basis,omitempty"`
}

// FAQ is a common question with its answer.
type FAQ struct {
	Q string `json:"q"`
	A string `json:"a"`
}

// Check is a rule between answers of a form: a S-FEEL condition that must hold.
type Check struct {
	Holds   string    `json:"holds"`   // e.g. road.end >= road.start
	Says    string    `json:"says"`    // what to do when it does not
	SaysEn  string    `json:"says_en"` // optional
	Element string    `json:"element"` // the field that is marked
	Basis   *Citation `json:"basis,omitempty"`
}

// Group is a part of a form that is answered once for each of several things (家庭成员).
type Group struct {
	ID      string `json:"id"`
	Label   string `json:"label"`
	LabelEn string `json:"label_en"`
	Min     int    `json:"min"`
	Max     int    `json:"max"`
}

// CatalogCode is the 12-character 基本编码 inside the 实施编码; empty when the code is too short.
func (it *Item) CatalogCode() string {
	if len(it.TaskCode) != 31 {
		return ""
	}
	return it.TaskCode[19:]
}
