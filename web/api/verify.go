package api

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"time"

	"yimen/domain/licence"
	"yimen/domain/org"
	"yimen/foundation/fault"
	"yimen/foundation/pdf"
	"yimen/ref"
	"yimen/web/page"
)

// largestFile is the most bytes of a file to check.
const largestFile = 24 << 20

func (s *Surface) verify() {
	path := Prefix + "/verify"
	operation(s, mount{id: "verify-mark", method: http.MethodGet, path: path, roles: anyone, rate: page.Rate{PerSecond: 1, Burst: 40}, errors: []int{422}}, s.verifyMark)
	operation(s, mount{id: "verify-file", method: http.MethodPost, path: path, roles: anyone, rate: page.Rate{PerSecond: 0.2, Burst: 10}, body: largestFile,
		errors: []int{413, 415, 422}}, s.verifyFile)
}

type markInput struct {
	Mark string `query:"mark" required:"true" maxLength:"120" doc:"api.doc.mark"`
}

// known is what the house says of a licence: no more than the paper shows.
type known struct {
	State    string     `json:"state" enum:"valid,suspended,rescinded,cancelled,expired,moved,revoked,other,unknown" doc:"api.doc.licence.state"`
	Mark     string     `json:"mark" doc:"api.doc.mark"`
	Name     string     `json:"name,omitempty" doc:"api.doc.licence.name"`
	Number   string     `json:"number,omitempty" doc:"api.doc.licence.number"`
	Organ    string     `json:"organ,omitempty" doc:"api.doc.organ_name"`
	Issued   *time.Time `json:"issued,omitempty" doc:"api.doc.licence.issued"`
	From     *time.Time `json:"validFrom,omitempty" doc:"api.doc.licence.from"`
	Until    *time.Time `json:"validUntil,omitempty" doc:"api.doc.licence.until"`
	Sentence string     `json:"sentence" doc:"api.doc.verify.sentence"`
}

var stateWords = map[ref.LicenceState]string{ref.LicenceValid: "valid", ref.LicenceSuspended: "suspended", ref.LicenceRescinded: "rescinded", ref.LicenceCancelled: "cancelled",
	ref.LicenceExpired: "expired", ref.LicenceMovedAway: "moved", ref.LicenceRevoked: "revoked", ref.LicenceOther: "other"}

// stateWord is a licence's state in one English word, for machines.
func stateWord(s ref.LicenceState) string { return stateWords[s] }

type markOutput struct{ Body known }

func (s *Surface) verifyMark(c *call, in *markInput) (*markOutput, error) {
	mark, err := ref.ParseLicenceMark(in.Mark)
	if err != nil {
		return nil, fault.Bad(fault.Field{Name: "mark", Key: "api.wrong.mark"})
	}
	l, err := licence.ByMark(c.Context(), s.DB, mark)
	if fault.Is(err, fault.NotFound) {
		return &markOutput{known{State: "unknown", Mark: string(mark), Sentence: c.page.T("verify.unknown")}}, nil
	}
	if err != nil {
		return nil, err
	}
	organ, err := org.GetOrgan(c.Context(), s.DB, l.Organ)
	if err != nil {
		return nil, err
	}
	state := l.StateAt(c.page.Now)
	return &markOutput{known{State: stateWord(state), Mark: string(mark), Name: l.Name, Number: l.Number, Organ: organ.Name, Issued: moment(l.Issued),
		From: moment(l.ValidFrom), Until: moment(l.ValidUntil), Sentence: c.page.T("verify.state." + string(state))}}, nil
}

type verifyFileInput struct {
	RawBody []byte `contentType:"application/pdf"`
	Type    string `header:"Content-Type" hidden:"true" maxLength:"200"`
}

// checked says integrity, trust and record apart.
type checked struct {
	Signed   bool       `json:"signed" doc:"api.doc.file.signed"`
	Intact   bool       `json:"intact" doc:"api.doc.file.intact"`
	Whole    bool       `json:"whole" doc:"api.doc.file.whole"`
	Trusted  bool       `json:"trusted" doc:"api.doc.file.trusted"`
	Signer   string     `json:"signer,omitempty" doc:"api.doc.file.signer"`
	At       *time.Time `json:"signedAt,omitempty" doc:"api.doc.file.at"`
	Recorded bool       `json:"recorded" doc:"api.doc.file.recorded"`
	Demo     bool       `json:"demo" doc:"api.doc.file.demo"`
	Title    string     `json:"title,omitempty" doc:"api.doc.file.title"`
	Number   string     `json:"number,omitempty" doc:"api.doc.licence.number"`
	Licence  string     `json:"licence,omitempty" doc:"api.doc.licence.state"`
	Sentence string     `json:"sentence" doc:"api.doc.verify.sentence"`
}

type checkedOutput struct{ Body checked }

func (s *Surface) verifyFile(c *call, in *verifyFileInput) (*checkedOutput, error) {
	if in.Type != "application/pdf" && in.Type != "application/octet-stream" {
		return nil, fault.New(fault.Unsupported, "api.media_type.pdf")
	}
	r, err := pdf.Verify(in.RawBody, s.Roots)
	if fault.Is(err, fault.Invalid) {
		return nil, fault.Bad(fault.Field{Name: "body", Key: "pdf.not_pdf"})
	}
	if err != nil {
		return nil, err
	}
	out := checked{Signed: r.Signed, Intact: r.Intact, Whole: r.Whole, Trusted: r.Trusted, Signer: r.Signer, At: moment(r.At), Demo: r.Demo}
	sum := sha256.Sum256(in.RawBody)
	doc, err := s.Recorded(c.Context(), hex.EncodeToString(sum[:]))
	if err != nil && !fault.Is(err, fault.NotFound) {
		return nil, err
	}
	if out.Recorded = err == nil; out.Recorded {
		out.Title, out.Number = doc.Title, doc.Number
	}
	if doc.Mark != "" {
		l, err := licence.ByMark(c.Context(), s.DB, ref.LicenceMark(doc.Mark))
		if err != nil {
			return nil, err
		}
		out.Licence = stateWord(l.StateAt(c.page.Now))
	}
	out.Sentence = c.page.T("verify.file." + verdict(r, out.Recorded))
	return &checkedOutput{out}, nil
}

// verdict is the page's word for a report.
func verdict(r pdf.Report, recorded bool) string {
	switch {
	case r.Altered():
		return "altered"
	case !r.Signed:
		return "unsigned"
	case !r.Trusted:
		return "stranger"
	case recorded:
		return "good"
	}
	return "signed"
}
