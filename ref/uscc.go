package ref

import "strings"

// usccAlphabet leaves out I, O, S, V and Z.
const usccAlphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"

// USCC is 统一社会信用代码 (GB 32100): registering body, kind, 6-digit division, 9 characters
// of 组织机构代码 and a check character.
type USCC string

// ParseUSCC reads 18 characters and checks the last. The inner 组织机构代码 is not checked apart.
func ParseUSCC(s string) (USCC, error) {
	s = clean(s)
	if err := sized(s, 18, usccAlphabet); err != nil {
		return "", err
	}
	if !only(s[2:8], digits) {
		return "", ErrDivision
	}
	if usccCheck(s[:17]) != s[17] {
		return "", ErrCheck
	}
	return USCC(s), nil
}

// ComposeUSCC builds a code: body and kind as one character each, the division's first six
// digits, and the organisation code.
func ComposeUSCC(body, kind byte, division DivisionCode, org OrgCode) (USCC, error) {
	if len(division) < 6 {
		return "", ErrDivision
	}
	s := string([]byte{body, kind}) + string(division[:6]) + string(org)
	if err := sized(s, 17, usccAlphabet); err != nil {
		return "", err
	}
	return ParseUSCC(s + string(usccCheck(s)))
}

// usccCheck: weights 3^(i-1) mod 31 over the first 17 characters.
func usccCheck(s string) byte {
	sum, w := 0, 1
	for i := range 17 {
		sum += w * strings.IndexByte(usccAlphabet, s[i])
		w = w * 3 % 31
	}
	return usccAlphabet[(31-sum%31)%31]
}

// Org is the 组织机构代码 inside.
func (u USCC) Org() OrgCode {
	if len(u) != 18 {
		return ""
	}
	return OrgCode(u[8:17])
}

// Division is the registering body's division.
func (u USCC) Division() DivisionCode {
	if len(u) != 18 {
		return ""
	}
	return DivisionCode(u[2:8])
}

// Masked hides all but the last four characters.
func (u USCC) Masked() string { return MaskNumber(string(u)) }

// Format writes the parts apart.
func (u USCC) Format() string {
	if len(u) != 18 {
		return string(u)
	}
	return string(u[:2] + " " + u[2:8] + " " + u[8:17] + " " + u[17:])
}

// OrgCode is 组织机构代码 (GB 11714): 8 characters and a check character (0–9 or X).
type OrgCode string

// ParseOrgCode reads 9 characters, the hyphen before the last one or not, and checks the last.
func ParseOrgCode(s string) (OrgCode, error) {
	s = clean(s)
	if err := sized(s, 9, alphanumeric); err != nil {
		return "", err
	}
	if orgCheck(s[:8]) != s[8] {
		return "", ErrCheck
	}
	return OrgCode(s), nil
}

// ComposeOrgCode adds the check character to 8 characters.
func ComposeOrgCode(body string) (OrgCode, error) {
	if err := sized(body, 8, alphanumeric); err != nil {
		return "", err
	}
	return OrgCode(body + string(orgCheck(body))), nil
}

// orgCheck: weights 3 7 9 10 5 8 4 2, 11 minus the sum mod 11; 10 is X, 11 is 0.
func orgCheck(s string) byte {
	sum := 0
	for i, w := range [...]int{3, 7, 9, 10, 5, 8, 4, 2} {
		sum += w * strings.IndexByte(alphanumeric, s[i])
	}
	return "0123456789X0"[11-sum%11]
}

// Format puts the customary hyphen before the check character.
func (o OrgCode) Format() string {
	if len(o) != 9 {
		return string(o)
	}
	return string(o[:8] + "-" + o[8:])
}
