package app

import (
	"fmt"

	"traybell/hub/config"
	"traybell/hub/tracking"
)

// badPatterns are the patterns among those who are never blocked that match nothing as they are
// written.
func badPatterns(cfg *config.Config) config.Problems {
	var problems config.Problems
	for i, entry := range cfg.Blocking.Protected {
		if err := (&tracking.Line{Number: entry}).Check(); err != nil {
			problems = append(problems, cfg.Problem(fmt.Sprintf("blocking.protected[%d]", i), err.Error()))
		}
	}
	return problems
}
