// Package ref holds the typed ids and code lists every floor speaks in, and the written
// forms of official numbers.
//
// It imports nothing of ours. A parser returns the canonical form (upper case, no
// separators) or one of the Err values; parsing a formatted number gives the number back.
package ref

// Ids are opaque text made by the application (UUIDv7) or, for what comes as data,
// stable words such as "cc-road-dig". They are never parsed.
type (
	PartyID    string // 申请人, natural or legal
	StaffID    string // 工作人员
	OrganID    string // 实施机关
	ItemID     string // 事项, stable over its versions
	VersionID  string // one version of an item
	CaseID     string // 办件
	CaseItemID string // one item inside a case
	TaskID     string // one step given to one organ
	MaterialID string // 材料
	BlobID     string // stored bytes
	LicenceID  string // 证照
	CopyID     string // 加注件, a copy of a licence for one purpose
	DeliveryID string // 送达, of one letter
	ArchiveID  string // 归档案卷, of one case item
	ActID      string // 撤销、注销 … , of one act on a licence
	DocumentID string // 文书
	HallID     string // 大厅, 14 digits: 9-digit town code and sequence
	WindowID   string // 窗口
	AccountID  string // a person's sign-in from outside, begun with a phone
	PortalID   string // another system that speaks for people
	RuleID     string // 裁量规则, a decision table, stable over its releases
)
