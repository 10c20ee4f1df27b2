package town

// The words names and addresses are put together from. Roads and brands are made up: no such
// road is in the district, no such brand is known.
var (
	surnames = []rune("王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩冯邓曹彭曾肖田董潘袁蔡蒋余杜叶程苏魏吕丁任卢姚钟姜崔谭陆汪范石廖贾韦付方邹熊白孟秦邱侯江尹薛雷龙黎史陶贺顾龚邵万钱严覃武戴莫孔向汤区冼霍麦关简庞招劳")

	givenMale   = []rune("嘉文志家永泽锦伟建明俊子梓启耀润树景宏绍展豪杰辉强峰涛斌鹏宇轩恒坚成林华平安宁国少雄钊钧楠彬")
	givenFemale = []rune("思晓雅淑美秀玉惠颖绮佩静雪庆嘉文芳娟敏玲珊仪怡婷欣妍琪瑶莹琳英兰霞萍君贤贞燕晴悦诗韵凤梅")

	roads = []string{"榕荫纸坊路", "陶韵演示路", "石榴试灯街", "醒狮样本路", "蚝壳演示巷", "龙窑样张路", "灯色试印街", "粤韵演示大道", "秋色样本街", "剪纸试点路"}

	brandFirst  = []rune("樨桠桁柃榅椤槭楸榉檗栌楂荇苇菼蓼蕖芡菖荩")
	brandSecond = []rune("汀浒渚沚湄浔澧溆洄澍霂霁昀昉晞晗暾曈朏旸")
)

// trade is a kind of company and what such a one already holds.
type trade struct {
	name, scope string
	kind        byte // second character of the code: 1 company, 2 individual business
	held        []Held
}

var trades = []trade{
	{"管网工程有限公司", "市政管道工程施工；管道设备安装。", '1', []Held{
		{Kind: "planning-permit", Name: "建设工程规划许可证", Issuer: "佛山市自然资源局禅城分局"}}},
	{"美容美发有限公司", "美容服务；理发服务；化妆品零售。", '1', []Held{
		{Kind: "health-certificate", Name: "从业人员健康合格证名单", Issuer: "佛山市禅城区卫生健康局"}}},
	{"餐饮管理有限公司", "餐饮服务；食品销售。", '1', []Held{
		{Kind: "food-licence", Name: "食品经营许可证", Issuer: "佛山市禅城区市场监督管理局"}}},
	{"文化演艺有限公司", "营业性演出；演出经纪。", '1', []Held{
		{Kind: "show-licence", Name: "营业性演出许可证", Issuer: "佛山市禅城区文化广电旅游体育局"}}},
	{"酒店管理有限公司", "住宿服务；会议服务。", '1', []Held{
		{Kind: "hygiene-permit", Name: "公共场所卫生许可证", Issuer: "佛山市禅城区卫生健康局"},
		{Kind: "emergency-plan-filing", Name: "应急预案备案登记表", Issuer: "佛山市禅城区应急管理局"}}},
	{"陶瓷有限公司", "陶瓷制品制造；建筑材料销售。", '1', nil},
	{"广告有限公司", "广告设计、制作、发布。", '1', []Held{
		{Kind: "outdoor-ad-permit", Name: "户外广告设置批复", Issuer: "佛山市禅城区城市管理和综合执法局"}}},
	{"便利店", "食品销售；日用百货零售。", '2', []Held{
		{Kind: "food-licence", Name: "食品经营许可证", Issuer: "佛山市禅城区市场监督管理局"}}},
	{"通信工程有限公司", "通信线路工程施工；弱电安装。", '1', []Held{
		{Kind: "planning-permit", Name: "建设工程规划许可证", Issuer: "佛山市自然资源局禅城分局"}}},
	{"纺织服装有限公司", "纺织品制造；服装销售。", '1', nil},
}
