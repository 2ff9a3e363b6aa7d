//go:build !windows && !darwin

package platform

import (
	"log"

	"github.com/jezek/xgb"
)

// LogTo sets the log of the X11 library, by default stderr. Call it before the first host is
// created. Most messages are harmless, such as a missing .Xauthority.
func LogTo(l *log.Logger) { xgb.Logger = l }
