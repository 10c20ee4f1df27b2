package rule

import "unicode/utf8"

// parser reads one expression or one cell, compiling as it goes: constants are folded, names
// become slots, so that evaluation looks nothing up.
type parser struct {
	lexer
	cur   token
	depth int
	test  bool // "?" may stand here
	asks  bool // "?" was read
}

func newParser(text string, s *scope) (*parser, error) {
	if len(text) > maxText {
		return nil, wrong("rule.too_long", "max", maxText)
	}
	if !utf8.ValidString(text) {
		return nil, wrong("rule.syntax", "at", 1, "near", near(text))
	}
	p := &parser{lexer: lexer{text: text, scope: s}}
	return p, p.advance()
}

// parseExpression compiles a whole text; an empty one is null.
func parseExpression(text string, s *scope) (node, error) {
	p, err := newParser(text, s)
	if err != nil {
		return nil, err
	}
	if p.cur.kind == tokEnd {
		return constant{Null}, nil
	}
	n, err := p.expression()
	if err != nil {
		return nil, err
	}
	return n, p.end()
}

func (p *parser) advance() (err error) {
	p.cur, err = p.next()
	return err
}

func (p *parser) sign(s string) bool { return p.cur.kind == tokSign && p.cur.text == s }

// take moves on when the sign stands here.
func (p *parser) take(s string) (bool, error) {
	if !p.sign(s) {
		return false, nil
	}
	return true, p.advance()
}

func (p *parser) expect(s string) error {
	if !p.sign(s) {
		return p.unexpected()
	}
	return p.advance()
}

func (p *parser) end() error {
	if p.cur.kind != tokEnd {
		return p.unexpected()
	}
	return nil
}

func (p *parser) unexpected() error {
	if p.cur.kind == tokEnd {
		return wrong("rule.ends_early")
	}
	return wrong("rule.syntax", "at", 1+utf8.RuneCountInString(p.text[:p.cur.at]), "near", near(p.text[p.cur.at:]))
}

// deeper guards the recursion against hostile nesting.
func (p *parser) deeper() error {
	if p.depth++; p.depth > maxDepth {
		return wrong("rule.too_deep", "max", maxDepth)
	}
	return nil
}

func (p *parser) expression() (node, error) {
	if err := p.deeper(); err != nil {
		return nil, err
	}
	defer func() { p.depth-- }()
	return p.chain(p.conjunction, func() string { return p.word("or") }, func(_ string, a, b node) node { return logic{false, a, b} })
}

func (p *parser) conjunction() (node, error) {
	return p.chain(p.comparison, func() string { return p.word("and") }, func(_ string, a, b node) node { return logic{true, a, b} })
}

// word is the keyword when it stands here.
func (p *parser) word(s string) string {
	if p.cur.kind == tokName && p.cur.text == s {
		return s
	}
	return ""
}

// chain reads operands of one precedence, from left to right.
func (p *parser) chain(operand func() (node, error), operator func() string, made func(op string, a, b node) node) (node, error) {
	a, err := operand()
	if err != nil {
		return nil, err
	}
	for {
		op := operator()
		if op == "" {
			return a, nil
		}
		if err := p.advance(); err != nil {
			return nil, err
		}
		b, err := operand()
		if err != nil {
			return nil, err
		}
		n := made(op, a, b)
		if p.scope.cost > maxCost {
			return nil, wrong("rule.too_costly")
		}
		a = fold(n, a, b)
	}
}

func (p *parser) anySign(signs ...string) func() string {
	return func() string {
		for _, s := range signs {
			if p.sign(s) {
				return s
			}
		}
		return ""
	}
}

func (p *parser) comparison() (node, error) {
	return p.chain(p.sum, p.anySign("<=", ">=", "!=", "<", ">", "="), func(op string, a, b node) node { return comparison{op, a, b} })
}

func (p *parser) sum() (node, error) {
	return p.chain(p.product, p.anySign("+", "-"), func(op string, a, b node) node { return binary{op[0], a, b} })
}

func (p *parser) product() (node, error) {
	return p.chain(p.power, p.anySign("*", "/"), func(op string, a, b node) node { return binary{op[0], a, b} })
}

func (p *parser) power() (node, error) {
	return p.chain(p.unary, p.anySign("**"), func(_ string, a, b node) node {
		p.scope.cost += powerCost
		return binary{'^', a, b}
	})
}

// unary binds tighter than a power (DMN 1.5, 10.3.1.2 rule 4): -2 ** 2 is 4.
func (p *parser) unary() (node, error) {
	negative := false
	for p.sign("-") {
		negative = !negative
		if err := p.advance(); err != nil {
			return nil, err
		}
	}
	n, err := p.path()
	if err != nil || !negative {
		return n, err
	}
	return fold(minus{n}, n), nil
}

// path is a primary with the parts taken from it: loan.rate.
func (p *parser) path() (node, error) {
	n, err := p.primary()
	for err == nil && p.sign(".") {
		p.space()
		name, ok := p.known(p.scope.parts)
		if !ok {
			var t token
			if t, err = p.lexer.word(); err != nil {
				return nil, err
			}
			name = t.text
		}
		n = part{n, name}
		err = p.advance()
	}
	return n, err
}

func (p *parser) primary() (node, error) {
	t := p.cur
	switch {
	case t.kind == tokNumber:
		return constant{t.num}, p.advance()
	case t.kind == tokString:
		return constant{Text(t.text)}, p.advance()
	case p.sign("("):
		return p.bracketed()
	case p.sign("@"):
		return p.literal()
	case p.sign("?") && p.test:
		p.asks = true
		return tested{}, p.advance()
	case t.kind == tokName:
		return p.name(t.text)
	}
	return nil, p.unexpected()
}

func (p *parser) bracketed() (node, error) {
	if err := p.advance(); err != nil {
		return nil, err
	}
	n, err := p.expression()
	if err != nil {
		return nil, err
	}
	return n, p.expect(")")
}

// literal is @"2026-03-02" (DMN 1.5, 10.3.1.2 rule 62).
func (p *parser) literal() (node, error) {
	if err := p.advance(); err != nil {
		return nil, err
	}
	if p.cur.kind != tokString {
		return nil, p.unexpected()
	}
	for _, reader := range []func(string) Value{readDate, readDateTime, readTime, readDuration} {
		if v := reader(p.cur.text); !v.IsNull() {
			return constant{v}, p.advance()
		}
	}
	return nil, wrong("rule.wrong_moment", "text", near(p.cur.text))
}

var words = map[string]Value{"true": yes, "false": no, "null": Null}

func (p *parser) name(name string) (node, error) {
	if err := p.advance(); err != nil {
		return nil, err
	}
	if p.sign("(") {
		if fn := p.scope.function(name); fn != nil {
			return p.call(name, fn)
		}
		return nil, wrong("rule.unknown_function", "name", name)
	}
	if v, ok := words[name]; ok {
		return constant{v}, nil
	}
	if i, ok := p.scope.slots[name]; ok {
		if p.scope.used != nil {
			p.scope.used[i] = true
		}
		return slot(i), nil
	}
	return nil, wrong("rule.unknown_name", "name", name)
}

func (s *scope) function(name string) *function {
	if fn := s.functions[name]; fn != nil {
		return fn
	}
	return builtin[name]
}

func (p *parser) call(name string, fn *function) (node, error) {
	args, err := p.arguments()
	if err != nil {
		return nil, err
	}
	if len(args) != len(fn.parameters) {
		return nil, wrong("rule.arguments", "name", name, "n", len(fn.parameters))
	}
	n := call{fn, args}
	if p.scope.cost += fn.cost; p.scope.cost > maxCost {
		return nil, wrong("rule.too_costly")
	}
	if builtin[name] != fn {
		return n, nil
	}
	folded := fold(n, args...)
	if c, ok := folded.(constant); ok && c.v.IsNull() && name != "not" {
		text, _ := args[0].(constant)
		return nil, wrong("rule.wrong_moment", "text", near(text.v.Plain()))
	}
	return folded, nil
}

func (p *parser) arguments() (args []node, err error) {
	if err := p.advance(); err != nil {
		return nil, err
	}
	if done, err := p.take(")"); done || err != nil {
		return nil, err
	}
	for {
		n, err := p.expression()
		if err != nil {
			return nil, err
		}
		args = append(args, n)
		if more, err := p.take(","); err != nil {
			return nil, err
		} else if !more {
			return args, p.expect(")")
		}
	}
}

// fold evaluates now what can never change.
func fold(n node, parts ...node) node {
	for _, x := range parts {
		if _, ok := x.(constant); !ok {
			return n
		}
	}
	return constant{n.eval(&frame{})}
}
