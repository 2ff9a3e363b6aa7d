//go:build cgo

package platform

/*
#cgo CFLAGS: -x objective-c -fobjc-arc
#cgo LDFLAGS: -framework Cocoa -framework CoreServices
#include <stdlib.h>
#include "links_darwin.h"
*/
import "C"

import (
	"errors"
	"fmt"
	"sync"
	"unsafe"
)

// opener is who is told the addresses that the system hands over.
var opener struct {
	sync.Mutex
	open func(string)
}

// HearURLs has open called, on the main thread, with each address that the system hands over: macOS
// does not put it on the command line of another start. To be called on the program's first
// goroutine before windows are prepared.
func HearURLs(open func(string)) {
	opener.Lock()
	opener.open = open
	opener.Unlock()
	C.tbHearURLs()
}

//export tbOpenURL
func tbOpenURL(text *C.char) {
	opener.Lock()
	open := opener.open
	opener.Unlock()
	if open == nil {
		return
	}
	url := C.GoString(text)
	if len(url) > longestURL {
		url = url[:longestURL]
	}
	open(url)
}

// Enabled tells whether the program opens all of Schemes.
func (l Links) Enabled() (bool, error) {
	for _, s := range Schemes() {
		scheme := C.CString(s)
		opens := bool(C.tbOpens(scheme))
		C.free(unsafe.Pointer(scheme))
		if !opens {
			return false, nil
		}
	}
	return true, nil
}

// errNoBundle: macOS knows what a program opens from its bundle's Info.plist alone.
var errNoBundle = errors.New("links can be opened by traybell.app only, not by the bare program")

// Set makes the program the one that opens Schemes. macOS has no way to take that back but to
// choose another program.
func (l Links) Set(on bool) error {
	if !on {
		return errors.New("choose another program for tel: links in FaceTime's settings, “Default for calls”")
	}
	for _, s := range Schemes() {
		scheme := C.CString(s)
		status := int(C.tbSetOpens(scheme))
		C.free(unsafe.Pointer(scheme))
		switch status {
		case 0:
		case -1:
			return errNoBundle
		default:
			return fmt.Errorf("LaunchServices, %s: status %d", s, status)
		}
	}
	return nil
}
