package condition

import (
	"slices"
	"strings"

	"traybell/hub/rules"
	"traybell/shared/protocol"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"
)

// words are all values of variables that have few, apart from an empty one.
var words = map[string][]string{
	"call.direction": {string(protocol.Incoming), string(protocol.Outgoing), string(protocol.Internal)},
	"call.state": {
		string(protocol.Ringing), string(protocol.Answered), string(protocol.Held), string(protocol.Ended),
	},
	"caller.status": {
		string(protocol.Looking), string(protocol.Known), string(protocol.Several), string(protocol.Unknown),
		string(protocol.Withheld), string(protocol.OwnPhone),
	},
	"category.color": {
		string(protocol.Neutral), string(protocol.Green), string(protocol.Yellow), string(protocol.Red),
	},
	"time.weekday": {"mon", "tue", "wed", "thu", "fri", "sat", "sun"},
}

// doubts returns why a rule may never apply though its condition is valid.
func doubts(r rules.Rule, compiled *cel.Ast) (list []Problem) {
	tree := compiled.NativeRep()
	place := func(e ast.Expr) int { return offset(r.When, tree.SourceInfo().GetStartLocation(e.ID())) }
	doubt := func(name string, e ast.Expr) {
		known := words[name]
		word, ok := literal(e)
		if known == nil || !ok || word == "" || slices.Contains(known, word) {
			return
		}
		list = append(list, Problem{
			Offset: place(e),
			Text:   "`" + name + "` is never \"" + plain(word) + "\"; it is one of " + strings.Join(known, ", "),
		})
	}
	ast.PreOrderVisit(tree.Expr(), ast.NewExprVisitor(func(e ast.Expr) {
		if e.Kind() != ast.CallKind || len(e.AsCall().Args()) != 2 {
			return
		}
		a, b := e.AsCall().Args()[0], e.AsCall().Args()[1]
		switch e.AsCall().FunctionName() {
		case operators.Equals, operators.NotEquals:
			doubt(nameOf(a), b)
			doubt(nameOf(b), a)
		case operators.In:
			if b.Kind() == ast.ListKind {
				for _, one := range b.AsList().Elements() {
					doubt(nameOf(a), one)
				}
			}
		}
	}))
	if m := r.Then.Create; (m == rules.OnRing || m == rules.OnAnswer) && needsMissed(tree.Expr()) {
		list = append(list, Problem{
			Moment: true, Text: "with the condition call.missed, which is true only of calls that have ended, use end",
		})
	}
	return list
}

// needsMissed reports whether a condition is true only of missed calls.
func needsMissed(e ast.Expr) bool {
	if e.Kind() == ast.CallKind && e.AsCall().FunctionName() == operators.LogicalAnd {
		return slices.ContainsFunc(e.AsCall().Args(), needsMissed)
	}
	return nameOf(e) == "call.missed"
}

// nameOf returns the variable that an expression is; "" if it is none.
func nameOf(e ast.Expr) string {
	switch e.Kind() {
	case ast.IdentKind:
		return strings.TrimPrefix(e.AsIdent(), ".")
	case ast.SelectKind:
		if of := nameOf(e.AsSelect().Operand()); of != "" {
			return of + "." + e.AsSelect().FieldName()
		}
	}
	return ""
}

func literal(e ast.Expr) (text string, ok bool) {
	if e.Kind() != ast.LiteralKind {
		return "", false
	}
	s, ok := e.AsLiteral().(types.String)
	return string(s), ok
}
