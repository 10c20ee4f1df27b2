package ref

import (
	"slices"
	"strconv"
)

// TaskType is 事项类型: two digits of the national list. Provinces add their own (21 and 30–32
// have been seen); those parse but are not Known.
type TaskType string

const (
	TaskPermit        TaskType = "01" // 行政许可
	TaskPenalty       TaskType = "02" // 行政处罚
	TaskCoercion      TaskType = "03" // 行政强制
	TaskLevy          TaskType = "04" // 行政征收
	TaskBenefit       TaskType = "05" // 行政给付
	TaskInspection    TaskType = "06" // 行政检查
	TaskConfirmation  TaskType = "07" // 行政确认
	TaskReward        TaskType = "08" // 行政奖励
	TaskRuling        TaskType = "09" // 行政裁决
	TaskOther         TaskType = "10" // 其他行政权力
	TaskPublicService TaskType = "20" // 公共服务
)

// TaskTypes lists the national codes in order.
func TaskTypes() []TaskType {
	return []TaskType{TaskPermit, TaskPenalty, TaskCoercion, TaskLevy, TaskBenefit, TaskInspection,
		TaskConfirmation, TaskReward, TaskRuling, TaskOther, TaskPublicService}
}

// Known says whether the code is on the national list.
func (t TaskType) Known() bool { return slices.Contains(TaskTypes(), t) }

// Key is the message key of the code's name.
func (t TaskType) Key() string { return "ref.task_type." + string(t) }

// OnApplication says whether people apply for items of this type (依申请六类 and 公共服务).
func (t TaskType) OnApplication() bool {
	switch t {
	case TaskPermit, TaskBenefit, TaskConfirmation, TaskReward, TaskRuling, TaskOther, TaskPublicService:
		return true
	}
	return false
}

// ProjectType is 办件类型. One Zhejiang interface has it the other way round: map per connector.
type ProjectType string

const (
	ProjectInstant  ProjectType = "1" // 即办件
	ProjectPromised ProjectType = "2" // 承诺件
)

// ProjectTypes lists the codes in order.
func ProjectTypes() []ProjectType { return []ProjectType{ProjectInstant, ProjectPromised} }

// Known says whether the code is on the list.
func (p ProjectType) Known() bool { return slices.Contains(ProjectTypes(), p) }

// Key is the message key of the code's name.
func (p ProjectType) Key() string { return "ref.project_type." + string(p) }

// Audience is 服务对象, also the kind of an applicant.
type Audience string

const (
	AudienceNatural        Audience = "1" // 自然人
	AudienceEnterprise     Audience = "2" // 企业法人
	AudienceInstitution    Audience = "3" // 事业法人
	AudienceAssociation    Audience = "4" // 社会组织法人
	AudienceUnincorporated Audience = "5" // 非法人企业
	AudienceGovernment     Audience = "6" // 行政机关
	AudienceOther          Audience = "9" // 其他组织
)

// Audiences lists the codes in order.
func Audiences() []Audience {
	return []Audience{AudienceNatural, AudienceEnterprise, AudienceInstitution, AudienceAssociation,
		AudienceUnincorporated, AudienceGovernment, AudienceOther}
}

// Known says whether the code is on the list.
func (a Audience) Known() bool { return slices.Contains(Audiences(), a) }

// Key is the message key of the code's name.
func (a Audience) Key() string { return "ref.audience." + string(a) }

// Party is the kind of party this audience is.
func (a Audience) Party() PartyKind {
	if a == AudienceNatural {
		return PartyNatural
	}
	return PartyLegal
}

// Level is 行使层级, the 19th character of an 实施编码.
type Level int

const (
	LevelNation   Level = 1 // 国家级
	LevelProvince Level = 2 // 省级
	LevelCity     Level = 3 // 市级
	LevelCounty   Level = 4 // 县(区)级
	LevelTown     Level = 5 // 镇(乡、街道)级
	LevelVillage  Level = 6 // 村(社区)级
)

// Levels lists the levels from the top down.
func Levels() []Level {
	return []Level{LevelNation, LevelProvince, LevelCity, LevelCounty, LevelTown, LevelVillage}
}

// Known says whether the level is 1–6.
func (l Level) Known() bool { return l >= LevelNation && l <= LevelVillage }

// Key is the message key of the level's name.
func (l Level) Key() string { return "ref.level." + strconv.Itoa(int(l)) }

// Need is 材料必要性.
type Need string

const (
	NeedRequired Need = "1" // 必要
	NeedOptional Need = "2" // 非必要
	NeedLater    Need = "3" // 容缺后补
)

// Needs lists the codes in order.
func Needs() []Need { return []Need{NeedRequired, NeedOptional, NeedLater} }

// Known says whether the code is on the list.
func (n Need) Known() bool { return slices.Contains(Needs(), n) }

// Key is the message key of the code's name.
func (n Need) Key() string { return "ref.need." + string(n) }

// PartyKind tells natural persons (自然人) from legal persons and other organisations (法人).
type PartyKind string

const (
	PartyNatural PartyKind = "natural"
	PartyLegal   PartyKind = "legal"
)

// PartyKinds lists the kinds.
func PartyKinds() []PartyKind { return []PartyKind{PartyNatural, PartyLegal} }

// Known says whether the kind is on the list.
func (p PartyKind) Known() bool { return slices.Contains(PartyKinds(), p) }

// Key is the message key of the kind's name.
func (p PartyKind) Key() string { return "ref.party_kind." + string(p) }

// Channel is the way a case came in. The applicant chooses it (优化营商环境条例 37).
type Channel string

const (
	ChannelWindow   Channel = "window"   // 综合窗口
	ChannelPhone    Channel = "phone"    // 手机
	ChannelTerminal Channel = "terminal" // 自助终端
	ChannelPortal   Channel = "portal"   // 网上办事大厅
)

// Channels lists the channels.
func Channels() []Channel {
	return []Channel{ChannelWindow, ChannelPhone, ChannelTerminal, ChannelPortal}
}

// Known says whether the channel is on the list.
func (c Channel) Known() bool { return slices.Contains(Channels(), c) }

// Key is the message key of the channel's name.
func (c Channel) Key() string { return "ref.channel." + string(c) }

// Assurance is how sure the house is who somebody is (身份核验等级). The empty one is nobody.
type Assurance string

const (
	AssuranceCode Assurance = "1" // holds the phone: a one-time code
	AssuranceReal Assurance = "2" // 实名: met at a window, or vouched for by a real-name provider
)

// Assurances lists the levels from the lowest up.
func Assurances() []Assurance { return []Assurance{AssuranceCode, AssuranceReal} }

// Known says whether the level is on the list.
func (a Assurance) Known() bool { return slices.Contains(Assurances(), a) }

// Key is the message key of the level's name.
func (a Assurance) Key() string { return "ref.assurance." + string(a) }

// DocumentKind is 证件类型 of a person's document, in the police code list.
type DocumentKind string

const (
	DocumentIDCard          DocumentKind = "111" // 居民身份证
	DocumentTemporaryIDCard DocumentKind = "112" // 临时居民身份证
	DocumentHousehold       DocumentKind = "113" // 户口簿
	DocumentOfficer         DocumentKind = "114" // 军官证
	DocumentPassport        DocumentKind = "414" // 普通护照
	DocumentTaiwanPermit    DocumentKind = "511" // 台湾居民来往大陆通行证
	DocumentHKMacauPermit   DocumentKind = "516" // 港澳居民来往内地通行证
	DocumentForeignResident DocumentKind = "553" // 外国人永久居留身份证
	DocumentResidence       DocumentKind = "554" // 港澳台居民居住证
)

// DocumentKinds lists the codes in order.
func DocumentKinds() []DocumentKind {
	return []DocumentKind{DocumentIDCard, DocumentTemporaryIDCard, DocumentHousehold, DocumentOfficer,
		DocumentPassport, DocumentTaiwanPermit, DocumentHKMacauPermit, DocumentForeignResident, DocumentResidence}
}

// Known says whether the code is on the list.
func (d DocumentKind) Known() bool { return slices.Contains(DocumentKinds(), d) }

// Key is the message key of the code's name.
func (d DocumentKind) Key() string { return "ref.document_kind." + string(d) }

// Sex is the one-digit code of GB/T 2261.1.
type Sex string

const (
	SexUnknown Sex = "0"
	SexMale    Sex = "1"
	SexFemale  Sex = "2"
)

// Sexes lists the codes.
func Sexes() []Sex { return []Sex{SexUnknown, SexMale, SexFemale} }

// Known says whether the code is on the list.
func (s Sex) Known() bool { return slices.Contains(Sexes(), s) }

// Key is the message key of the code's name.
func (s Sex) Key() string { return "ref.sex." + string(s) }

// Ethnic is the two-digit code of GB/T 3304: 01–56, 57 undecodable, 97 other, 98 Chinese
// citizens of foreign descent.
type Ethnic string

const (
	EthnicHan     Ethnic = "01"
	EthnicUnread  Ethnic = "57"
	EthnicOther   Ethnic = "97"
	EthnicForeign Ethnic = "98"
)

// Ethnics lists the codes in order.
func Ethnics() []Ethnic {
	all := make([]Ethnic, 0, 59)
	for n := 1; n <= 57; n++ {
		all = append(all, Ethnic(twoDigits(n)))
	}
	return append(all, EthnicOther, EthnicForeign)
}

// Known says whether the code is on the list.
func (e Ethnic) Known() bool { return slices.Contains(Ethnics(), e) }

// Key is the message key of the people's name.
func (e Ethnic) Key() string { return "ref.ethnic." + string(e) }

// LicenceState is the state of a licence as exchanged between platforms.
type LicenceState string

const (
	LicenceValid     LicenceState = "01" // 有效
	LicenceSuspended LicenceState = "02" // 暂扣
	LicenceRescinded LicenceState = "03" // 撤销 (行政许可法 69)
	LicenceCancelled LicenceState = "04" // 注销 (行政许可法 70)
	LicenceExpired   LicenceState = "05" // 失效
	LicenceMovedAway LicenceState = "06" // 办理转出
	LicenceRevoked   LicenceState = "07" // 吊销, a penalty from outside
	LicenceOther     LicenceState = "99" // 其他, 撤回 (行政许可法 8) among them
)

// LicenceStates lists the codes in order.
func LicenceStates() []LicenceState {
	return []LicenceState{LicenceValid, LicenceSuspended, LicenceRescinded, LicenceCancelled,
		LicenceExpired, LicenceMovedAway, LicenceRevoked, LicenceOther}
}

// Known says whether the code is on the list.
func (l LicenceState) Known() bool { return slices.Contains(LicenceStates(), l) }

// Key is the message key of the state's name.
func (l LicenceState) Key() string { return "ref.licence_state." + string(l) }

func twoDigits(n int) string { return string([]byte{byte('0' + n/10%10), byte('0' + n%10)}) }

// Keys are the message keys of every code in every list, for the test that each has a name.
func Keys() []string {
	var all []string
	all = keys(all, TaskTypes())
	all = keys(all, ProjectTypes())
	all = keys(all, Audiences())
	all = keys(all, Levels())
	all = keys(all, Needs())
	all = keys(all, PartyKinds())
	all = keys(all, Channels())
	all = keys(all, Assurances())
	all = keys(all, DocumentKinds())
	all = keys(all, Sexes())
	all = keys(all, Ethnics())
	all = keys(all, LicenceStates())
	for _, kind := range []string{"nation", "province", "city", "county", "street", "town", "township", "community", "village"} {
		all = append(all, "ref.division."+kind)
	}
	return all
}

func keys[T interface{ Key() string }](all []string, list []T) []string {
	for _, c := range list {
		all = append(all, c.Key())
	}
	return all
}
