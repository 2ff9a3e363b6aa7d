package compile

import (
	"fmt"

	"traybell/hub/config"
	"traybell/hub/config/document"
	"traybell/hub/mobile"
	"traybell/shared/phone"
)

// mobiles converts the key mobile, with the queues and agents of p.
func mobiles(cfg *config.Config, p Parts) (mobile.Rules, document.Problems) {
	r := mobile.Rules{
		Numbers: p.Numbers, Staff: p.Staff, Form: phone.Form(cfg.Dial.Form), Until: cfg.Mobile.OfDay(),
		Longest: cfg.Mobile.Longest,
	}
	for _, q := range p.Queues {
		r.Queues = append(r.Queues, q.Queue)
	}
	var problems document.Problems
	seen := map[string]int{}
	for i, n := range cfg.Mobile.Numbers {
		at := fmt.Sprintf("mobile.numbers[%d]", i)
		if p.Numbers == nil {
			break
		}
		key, problem := mobile.Check(p.Numbers, n.Number)
		if before, twice := seen[key]; twice && problem == "" {
			problem = fmt.Sprintf("it is the number of mobile.numbers[%d]; remove one of them", before)
		}
		if problem != "" {
			problems = append(problems, cfg.Problem(at+".number", problem))
			continue
		}
		if problem = mobile.CheckPIN(n.PIN.Reveal()); problem != "" {
			problems = append(problems, cfg.Problem(at+".pin", problem))
			continue
		}
		seen[key] = i
		r.Listed = append(r.Listed, mobile.Entry{Number: n.Number, Login: n.Agent, PIN: n.PIN.Reveal()})
	}
	return r, problems
}
