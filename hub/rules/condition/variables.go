package condition

import (
	"maps"
	"slices"
	"strings"
	"time"

	"traybell/hub/rules"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
)

// variable is a name in expressions.
type variable struct {
	name string
	of   *cel.Type
	get  func(s *Set, f *rules.Facts) ref.Val
}

func text(name string, of func(f *rules.Facts) string) variable {
	return variable{name, cel.StringType, func(_ *Set, f *rules.Facts) ref.Val { return types.String(cut(of(f))) }}
}

func yes(name string, of func(f *rules.Facts) bool) variable {
	return variable{name, cel.BoolType, func(_ *Set, f *rules.Facts) ref.Val { return types.Bool(of(f)) }}
}

func number(name string, of func(s *Set, f *rules.Facts) int) variable {
	return variable{name, cel.IntType, func(s *Set, f *rules.Facts) ref.Val { return types.Int(of(s, f)) }}
}

func list(name string, of func(f *rules.Facts) []string) variable {
	return variable{name, cel.ListType(cel.StringType), func(_ *Set, f *rules.Facts) ref.Val {
		texts := of(f)
		return types.NewStringList(types.DefaultTypeAdapter, texts[:min(len(texts), mostListed)])
	}}
}

func clock(name, layout string) variable {
	return variable{name, cel.StringType, func(s *Set, f *rules.Facts) ref.Val {
		return types.String(strings.ToLower(f.Started.In(s.zone).Format(layout)))
	}}
}

// Texts and lists of facts are bounded, for the estimate of what an expression costs.
const (
	mostText   = 512 // bytes
	mostListed = 100
)

func cut(text string) string { return strings.ToValidUTF8(text[:min(len(text), mostText)], "") }

// fixed are the variables of each hub. docs/admin-guide.md lists them.
var fixed = []variable{
	text("call.id", func(f *rules.Facts) string { return f.ID }),
	text("call.pbx", func(f *rules.Facts) string { return f.PBX }),
	text("call.direction", func(f *rules.Facts) string { return f.Direction }),
	text("call.state", func(f *rules.Facts) string { return f.State }),
	text("call.number", func(f *rules.Facts) string { return f.Number }),
	text("call.e164", func(f *rules.Facts) string { return f.E164 }),
	text("call.name", func(f *rules.Facts) string { return f.Name }),
	text("call.did", func(f *rules.Facts) string { return f.DID }),
	text("call.ticket", func(f *rules.Facts) string { return f.Ticket }),
	yes("call.answered", func(f *rules.Facts) bool { return f.Answered }),
	yes("call.missed", func(f *rules.Facts) bool { return f.Missed }),
	yes("call.withheld", func(f *rules.Facts) bool { return f.Withheld }),
	number("call.rang", func(_ *Set, f *rules.Facts) int { return int(f.Rang / time.Second) }),
	list("call.extensions", func(f *rules.Facts) []string { return f.Phones }),
	text("line.number", func(f *rules.Facts) string { return f.LineNumber }),
	text("line.name", func(f *rules.Facts) string { return f.LineName }),
	text("caller.status", func(f *rules.Facts) string { return f.Caller.Status }),
	yes("caller.known", func(f *rules.Facts) bool { return f.Caller.Login != "" }),
	yes("caller.blocked", func(f *rules.Facts) bool { return f.Blocked }),
	number("caller.found", func(_ *Set, f *rules.Facts) int { return f.Caller.Found }),
	text("caller.login", func(f *rules.Facts) string { return f.Caller.Login }),
	text("caller.name", func(f *rules.Facts) string { return f.Caller.Name }),
	text("caller.email", func(f *rules.Facts) string { return f.Caller.Email }),
	text("caller.company", func(f *rules.Facts) string { return f.Caller.Company }),
	text("caller.city", func(f *rules.Facts) string { return f.Caller.City }),
	text("caller.directory", func(f *rules.Facts) string { return f.Caller.Directory }),
	text("category.color", func(f *rules.Facts) string { return f.Color }),
	text("category.comment", func(f *rules.Facts) string { return f.Comment }),
	number("tickets.open", func(_ *Set, f *rules.Facts) int { return f.OpenTickets }),
	list("tickets.numbers", func(f *rules.Facts) []string { return f.Tickets }),
	{"call.started", cel.TimestampType, func(_ *Set, f *rules.Facts) ref.Val {
		return types.Timestamp{Time: f.Started}
	}},
	number("time.hour", func(s *Set, f *rules.Facts) int { return f.Started.In(s.zone).Hour() }),
	number("time.minute", func(s *Set, f *rules.Facts) int { return f.Started.In(s.zone).Minute() }),
	clock("time.clock", "15:04"),
	clock("time.date", time.DateOnly),
	clock("time.weekday", "Mon"),
}

// variables are those of a hub with these schedules and fields of call_data.
func variables(schedules map[string]*rules.Schedule, data []string) []variable {
	all := slices.Clone(fixed)
	for _, name := range slices.Sorted(maps.Keys(schedules)) {
		s := schedules[name]
		all = append(
			all,
			yes("schedule."+name, func(f *rules.Facts) bool { return s.Open(f.Started) }),
			yes("holiday."+name, func(f *rules.Facts) bool { return s.Holiday(f.Started) }),
		)
	}
	for _, name := range data {
		all = append(all, text("data."+name, func(f *rules.Facts) string {
			if f.Data == nil {
				return ""
			}
			return f.Data(name)
		}))
	}
	return all
}

// activation gives expressions the facts of one call, each made once.
type activation struct {
	set    *Set
	facts  *rules.Facts
	values map[string]ref.Val
}

// ResolveName implements cel.Activation.
func (a *activation) ResolveName(name string) (any, bool) {
	if v, ok := a.values[name]; ok {
		return v, true
	}
	i, found := slices.BinarySearchFunc(a.set.variables, name, func(v variable, name string) int {
		return strings.Compare(v.name, name)
	})
	if !found {
		return nil, false
	}
	v := a.set.variables[i].get(a.set, a.facts)
	if a.values == nil {
		a.values = make(map[string]ref.Val, 16)
	}
	a.values[name] = v
	return v, true
}

// Parent implements cel.Activation.
func (*activation) Parent() cel.Activation { return nil }
