package platform

import (
	"context"
	"unsafe"
)

var systemParametersInfo = user32.NewProc("SystemParametersInfoW")

// HighContrast tells whether the system asks for high contrast (SPI_GETHIGHCONTRAST).
func HighContrast(context.Context) bool {
	const getHighContrast, on = 0x0042, 0x00000001
	var told struct {
		size, flags uint32
		scheme      *uint16
	}
	told.size = uint32(unsafe.Sizeof(told))
	ok, _, _ := systemParametersInfo.Call(getHighContrast, uintptr(told.size), uintptr(unsafe.Pointer(&told)), 0)
	return ok != 0 && told.flags&on != 0
}
