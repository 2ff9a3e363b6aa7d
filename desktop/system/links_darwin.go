//go:build cgo

package system

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

// opener receives URLs from the system.
var opener struct {
	sync.Mutex
	open func(string)
}

// HandleURLs registers open, which is called on the main thread with each URL: macOS does not pass
// URLs on the command line of another start. Call it on the main goroutine before windows are
// created.
func HandleURLs(open func(string)) {
	opener.Lock()
	opener.open = open
	opener.Unlock()
	C.tbHandleURLs()
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
	if len(url) > maxURL {
		url = url[:maxURL]
	}
	open(url)
}

// Enabled reports whether the program opens all of Schemes.
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

// errNoBundle: macOS reads the schemes of a program from its bundle's Info.plist only.
var errNoBundle = errors.New("only traybell.app can open links, not the bare executable")

// Set makes the program the handler of Schemes. On macOS this is undone only by choosing another
// program.
func (l Links) Set(on bool) error {
	if !on {
		return errors.New("choose another program for tel: links in the settings of FaceTime, “Default for calls”")
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
