package compile

import (
	"fmt"

	"traybell/hub/config"
	"traybell/hub/config/document"
	"traybell/hub/tracking"
)

// badPatterns are the patterns among those who are never blocked that match nothing as they are
// written.
func badPatterns(cfg *config.Config) document.Problems {
	var problems document.Problems
	for i, entry := range cfg.Blocking.Protected {
		if err := (&tracking.Line{Number: entry}).Check(); err != nil {
			problems = append(problems, cfg.Problem(fmt.Sprintf("blocking.protected[%d]", i), err.Error()))
		}
	}
	return problems
}
