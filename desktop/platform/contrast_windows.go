package platform

import (
	"context"
	"unsafe"
)

var systemParametersInfo = user32.NewProc("SystemParametersInfoW")

// HighContrast reports whether the system requests high contrast (SPI_GETHIGHCONTRAST).
func HighContrast(context.Context) bool {
	const getHighContrast, on = 0x0042, 0x00000001
	var setting struct {
		size, flags uint32
		scheme      *uint16
	}
	setting.size = uint32(unsafe.Sizeof(setting))
	ok, _, _ := systemParametersInfo.Call(getHighContrast, uintptr(setting.size), uintptr(unsafe.Pointer(&setting)), 0)
	return ok != 0 && setting.flags&on != 0
}
