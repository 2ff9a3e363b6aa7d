//go:build !windows && !darwin

package platform

import (
	"log"

	"github.com/jezek/xgb"
)

// LogTo says where the X11 library writes what it has to tell, stderr otherwise: to be called
// before the first host is made. Most of it is no trouble, such as a missing .Xauthority.
func LogTo(l *log.Logger) { xgb.Logger = l }
