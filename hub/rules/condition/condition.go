// Package condition compiles and evaluates the conditions of rules: CEL expressions over what is known of
// a call, of limited cost. It is pure.
package condition

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
	"unicode"

	"traybell/hub/rules"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common"
	"cel.dev/cel-go/common/cost"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/ext"
)

const (
	mostSource = 4000   // characters of an expression
	mostCost   = 10_000 // of an expression, in CEL's units; a comparison of two numbers is one
	cheap      = 1_000  // an expression that cannot cost more is not metered, which takes longer than it does
	mostError  = 300    // characters of what CEL says
)

// Problem is an error in the condition of a rule.
type Problem struct { //nolint:errname // administrators call it a problem
	Rule    int    // its index
	Offset  int    // in the condition, in characters from 0
	Text    string // for administrators
	Unknown string // the name that is not one of Names, if that is the error
	Names   []string
	Moment  bool // it is about when the rule creates a ticket, not about the condition
}

func (p Problem) Error() string { return p.Text }

// Set has the conditions of rules, ready to evaluate. It is immutable and implements rules.Conditions.
type Set struct {
	programs  []cel.Program // nil: always true
	variables []variable
	zone      *time.Location
	doubts    []Problem
}

// Env is what conditions refer to.
type Env struct {
	Schedules map[string]*rules.Schedule
	Data      []string       // fields of call_data
	Zone      *time.Location // of time.hour and the like
}

// Known returns the names that a condition may use, sorted.
func (e Env) Known() (names []string) {
	for _, v := range variables(e.Schedules, e.Data) {
		names = append(names, v.name)
	}
	slices.Sort(names)
	return names
}

// Compile parses and checks the conditions of rules. All problems are returned.
func Compile(list []rules.Rule, of Env) (*Set, []Problem) {
	s := &Set{zone: of.Zone, variables: variables(of.Schedules, of.Data)}
	if len(list) == 0 {
		return s, nil
	}
	slices.SortFunc(s.variables, func(a, b variable) int { return strings.Compare(a.name, b.name) })
	options := []cel.EnvOption{
		ext.Strings(), cel.ASTValidators(cel.ValidateRegexLiterals(), cel.ValidateDurationLiterals(),
			cel.ValidateTimestampLiterals()),
	}
	for _, v := range s.variables {
		options = append(options, cel.Variable(v.name, v.of))
	}
	env, err := cel.NewEnv(options...)
	if err != nil { // names and types are the program's
		return nil, []Problem{{Text: err.Error()}}
	}
	var problems []Problem
	for i, r := range list {
		var program cel.Program
		if strings.TrimSpace(r.When) != "" {
			var p *Problem
			var doubts []Problem
			if program, doubts, p = compile(env, r, of); p != nil {
				p.Rule = i
				problems = append(problems, *p)
			}
			for _, d := range doubts {
				d.Rule = i
				s.doubts = append(s.doubts, d)
			}
		}
		s.programs = append(s.programs, program)
	}
	return s, problems
}

// Doubts returns why rules may never apply though their conditions are valid.
func (s *Set) Doubts() []Problem { return s.doubts }

// compile compiles the condition of a rule.
func compile(env *cel.Env, of rules.Rule, with Env) (cel.Program, []Problem, *Problem) {
	source := of.When
	if n := len([]rune(source)); n > mostSource {
		return nil, nil, &Problem{Text: fmt.Sprintf("%d characters; use at most %d", n, mostSource)}
	}
	ast, issues := env.Compile(source)
	if err := issues.Err(); err != nil {
		return nil, nil, explain(source, issues.Errors(), with.Known())
	}
	if kind := ast.OutputType(); !kind.IsExactType(cel.BoolType) {
		return nil, nil, &Problem{Text: fmt.Sprintf(
			"the result is of type %s; compare it, so that it is true or false", kind)}
	}
	estimate, err := env.EstimateCost(ast, sizes{})
	if err != nil {
		return nil, nil, &Problem{Text: err.Error()}
	}
	if estimate.Max > mostCost {
		return nil, nil, &Problem{Text: fmt.Sprintf(
			"it may cost %s, more than %d; simplify it, such as lists in lists", costText(estimate.Max), mostCost)}
	}
	options := []cel.ProgramOption{cel.EvalOptions(cel.OptOptimize)}
	if estimate.Max > cheap {
		options = append(options, cel.CostLimit(mostCost))
	}
	program, err := env.Program(ast, options...)
	if err != nil {
		return nil, nil, &Problem{Text: plain(err.Error())}
	}
	return program, doubts(of, ast), nil
}

func costText(n uint64) string {
	if n == math.MaxUint64 {
		return "any number of steps"
	}
	return fmt.Sprintf("%d steps", n)
}

// sizes estimates the sizes of variables.
type sizes struct{}

// EstimateSize implements cost.Estimator.
func (sizes) EstimateSize(of cost.AstNode) *cost.SizeEstimate {
	switch path := of.Path(); {
	case len(path) == 0:
		return nil
	case path[len(path)-1] == "@items" || of.Type().Kind() == types.StringKind:
		return &cost.SizeEstimate{Max: mostText}
	case of.Type().Kind() == types.ListKind:
		return &cost.SizeEstimate{Max: mostListed}
	}
	return nil
}

// EstimateCallCost implements cost.Estimator.
func (sizes) EstimateCallCost(_, _ string, _ *cost.AstNode, _ []cost.AstNode) *cost.CallEstimate {
	return nil
}

// explain returns the first error in an administrator's words.
func explain(source string, errs []*common.Error, known []string) *Problem {
	first := errs[0]
	for _, err := range errs[1:] {
		if at, than := err.Location, first.Location; at.Line() < than.Line() ||
			at.Line() == than.Line() && at.Column() < than.Column() {
			first = err
		}
	}
	p := &Problem{Offset: offset(source, first.Location), Text: plain(first.Message)}
	switch {
	case strings.HasPrefix(p.Text, "Syntax error"):
		p.Text, p.Offset = syntax(source, p.Text, p.Offset)
	case strings.HasPrefix(p.Text, "there is no "):
		p.Text = mismatch(p.Text)
	}
	if missing, ok := strings.CutPrefix(first.Message, "undeclared reference to '"); ok {
		missing, _, _ = strings.Cut(missing, "'")
		var name string
		var called bool
		name, p.Offset, called = nameAt(source, p.Offset)
		if called && strings.HasSuffix("."+name, "."+missing) {
			p.Text, p.Unknown, p.Names = "there is no function `"+missing+"`", missing, functions
			p.Offset += len([]rune(name)) - len([]rune(missing))
			return p
		}
		if before := strings.TrimSpace(string([]rune(source)[:p.Offset])); !strings.Contains(name, ".") &&
			(strings.HasSuffix(before, "==") || strings.HasSuffix(before, "!=")) {
			p.Text = "there is no `" + name + "`; put a text in quotes: \"" + name + "\""
			return p
		}
		p.Text, p.Unknown, p.Names = "there is no `"+name+"`", name, known
		for _, one := range known {
			if strings.HasPrefix(one, name+".") {
				p.Text, p.Unknown = "`"+name+"` is not a value itself; use one of its fields, such as `"+one+"`", ""
				break
			}
		}
	}
	return p
}

// plain shortens what CEL says.
func plain(message string) string {
	for _, known := range []struct{ from, to string }{
		{"found no matching overload for", "there is no"},
		{" (in container '')", ""},
		{"applied to", "for"},
		{"'_==_'", "=="},
		{"'_!=_'", "!="},
		{"'_&&_'", "&&"},
		{"'_||_'", "||"},
		{"'!_'", "!"},
		{"'_<_'", "<"},
		{"'_>_'", ">"},
		{"'_<=_'", "<="},
		{"'_>=_'", ">="},
		{"'@in'", "in"},
		{"'_+_'", "+"},
		{"'_?_:_'", "?:"},
	} {
		message = strings.ReplaceAll(message, known.from, known.to)
	}
	message, _, _ = strings.Cut(message, "\n")
	if r := []rune(message); len(r) > mostError {
		message = string(r[:mostError]) + "…"
	}
	return message
}

// offset is a location of CEL, whose lines begin with 1 and columns with 0, in characters.
func offset(source string, at common.Location) int {
	before := 0
	for i, line := range strings.Split(source, "\n") {
		n := len([]rune(line))
		if i+1 == at.Line() {
			return before + max(0, min(at.Column(), n))
		}
		before += n + 1
	}
	return 0
}

// nameAt returns the dotted name around an offset, its beginning, and whether it is called.
func nameAt(source string, at int) (name string, from int, called bool) {
	runes := []rune(source)
	from, to := at, at
	for from > 0 && inName(runes[from-1]) {
		from--
	}
	for to < len(runes) && inName(runes[to]) {
		to++
	}
	return string(runes[from:to]), from, to < len(runes) && runes[to] == '('
}

func inName(r rune) bool { return r == '.' || r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r) }

// Of implements rules.Conditions.
func (s *Set) Of(f *rules.Facts) func(rule int) (bool, error) {
	a := &activation{set: s, facts: f}
	return func(rule int) (bool, error) {
		program := s.programs[rule]
		if program == nil {
			return true, nil
		}
		v, _, err := program.Eval(a)
		if err != nil {
			return false, errors.New(plain(err.Error()))
		}
		yes, ok := v.(types.Bool)
		if !ok {
			return false, fmt.Errorf("the result is of type %s", v.Type().TypeName())
		}
		return bool(yes), nil
	}
}
