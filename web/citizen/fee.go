package citizen

import (
	"yimen/domain/catalog"
	"yimen/domain/fee"
	"yimen/view/casepage"
	"yimen/web/page"
)

// cost is a fee in words. It is paid at the gateway, which tells the house by itself: nothing this
// page sends says that anything was paid.
type cost struct {
	casepage.Fee
	Rows []page.Row
}

// basisOf writes the law of a fee as laws are cited, in Chinese.
func basisOf(b fee.Basis) string {
	return lawTitle(catalog.Citation{Law: b.Law, Article: b.Article, Sub: b.Sub, Paragraph: b.Paragraph, Point: b.Point})
}
