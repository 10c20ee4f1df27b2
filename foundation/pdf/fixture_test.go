package pdf

import (
	"fmt"
	"strings"
	"time"
)

var made = time.Date(2026, 3, 2, 1, 30, 0, 0, time.UTC)

const rareNames = "王𠅤、李𬭎、张㛃、龚䶮、赵𤋮、陈\uE863、周\U00031350、吴⼀一、郑𪚥"

func licenceFixture() Document {
	return Document{
		Layout: Licence, Title: "食品经营许可证", Number: "许可证编号：JY14499010000017", Organ: "演示区市场监督管理局",
		Fields: []Field{
			{"经营者名称", "演示区永和里街道荔香茶餐厅"},
			{"统一社会信用代码", "92449901MA00000000"},
			{"法定代表人（负责人）", "王𠅤"},
			{"住所", "演示区永和里街道荔湾直街十八号首层之二"},
			{"经营场所", "演示区永和里街道荔湾直街十八号首层之二及相邻的公共通道东侧（与消防登高面不重叠的部分）"},
			{"主体业态", "餐饮服务经营者"},
			{"经营项目", "热食类食品制售；冷食类食品制售（含凉菜）；自制饮品制售"},
			{"有效期至", "2031年03月01日"},
		},
		QR:   &QR{Text: "https://yimen.example/v/01JNB5T8ZK4Q6S9V2X3Y", Caption: []string{"扫码核验", "查询码 7F3K-92QD"}},
		Date: "2026年3月2日", Seal: &SealPicture{Organ: "演示区市场监督管理局", Legend: "演示专用章", Number: "44990100000017"},
		Watermark: "演示样张·无法律效力", Footer: "本证以电子形式签发，可在核验页面查验真伪。", Made: made,
	}
}

func letterFixture() Document {
	return Document{
		Title: "行政许可申请受理决定书", Number: "演市监受〔2026〕17号", Organ: "演示区市场监督管理局", To: "王𠅤：",
		Paragraphs: []string{
			"你（单位）于2026年3月2日提交的“食品经营许可（新办）”申请，经审查，申请材料齐全、符合法定形式，属于本机关职权范围。根据《中华人民共和国行政许可法》第三十二条第一款第五项的规定，决定予以受理。",
			"本机关将自受理之日起20个工作日内作出决定；需要现场核查的，将提前告知核查时间。办理进度可凭查询码在网上办事大厅、自助终端或任一综合窗口查询。",
			"收件人：" + rareNames + "。",
		},
		Fields: []Field{{"办件编号", "11449901MB0000000X400012300200020260302000117"}, {"事项名称", "食品经营许可（新办）"}, {"承诺办结时间", "2026年3月27日"}},
		Table:  &Table{Head: []string{"序号", "材料名称", "份数", "收取方式"}, Widths: []float64{1, 5, 1, 2}, Rows: [][]string{{"1", "食品经营许可申请书", "1", "系统生成"}, {"2", "经营场所平面图、设备布局和操作流程文件", "1", "拍照上传"}}},
		QR:     &QR{Text: "https://yimen.example/v/01JNB5T8ZK4Q6S9V2X3Y", Caption: []string{"扫码核验", "查询码 7F3K-92QD"}},
		Date:   "2026年3月2日", Seal: &SealPicture{Organ: "演示区市场监督管理局", Legend: "演示专用章", Number: "44990100000017"},
		Watermark: "演示样张·无法律效力", Footer: "咨询电话：0757-0000 0000", Made: made,
	}
}

func noticeFixture() Document {
	doc := Document{
		Layout: Notice, Title: "挖掘城市道路审批", Number: "第 3 版，2026年3月2日起用", Organ: "演示区政务服务", Lang: "zh-CN", Made: made,
		QR:     &QR{Text: "https://yimen.example/item/cc-road-dig", Caption: []string{"扫码看最新"}},
		Fields: []Field{{"承诺时间", "5 个工作日"}, {"收费", "不收费"}}, Footer: "演示系统·无法律效力",
		Paging: func(n, of int) string { return fmt.Sprintf("第 %d 页，共 %d 页", n, of) },
		Parts: []Part{
			{Heading: "谁能办", Points: []string{"因工程建设需要挖掘城市道路，已有规划批准文件和设计文件。", strings.Repeat("一个很长的条件，", 30) + "完。"}},
			{Heading: "怎么办", Stages: [][]Stop{{{"交申请", "任一综合窗口"}}, {{"路政审查", "演示区住房城乡建设和水利局"}, {"交通意见", "演示区公安分局"}, {"规划意见", "演示区自然资源局"}, {"绿化意见", "演示区城管局"}}, {{"决定", "演示区住房城乡建设和水利局"}}}},
			{Heading: "看什么", Table: &Table{Head: []string{"材料", "看什么", "常见错误"}, Widths: []float64{2, 4, 3}, Rows: [][]string{{"管线设计图", "1. 有道路名称\n2. 有设计单位签章", "没有标出既有管线"}}},
				Samples: []Sample{{Caption: "样本：管线设计图", Across: "样本", Title: "管线设计图", Issuer: "设计单位", Lines: []string{"道路：示例路", "挖掘：50米×1.2米"}, Marks: []string{"标出既有管线"}}, {Caption: "样本：平面图", Across: "样本", Title: "平面图", Issuer: "设计单位"}}},
		},
	}
	for range 40 {
		doc.Parts = append(doc.Parts, Part{Heading: "又一部分", Paragraphs: []string{"这部分很短。"}})
	}
	return doc
}
