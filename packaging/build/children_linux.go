package build

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"syscall"
	"time"
)

// apart gives a child its own process group, so that everything it starts gets its signals, and
// ends it when this process is killed.
func apart() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGTERM}
}

func end(p *os.Process) error { return syscall.Kill(-p.Pid, syscall.SIGTERM) }

// adopt makes this process the parent of its descendants whose parents end, such as a desktop that
// was restarted after a crash.
func adopt() {
	const setChildSubreaper = 36 // PR_SET_CHILD_SUBREAPER
	_, _, _ = syscall.Syscall(syscall.SYS_PRCTL, setChildSubreaper, 1, 0)
}

// endAdopted ends all remaining children. It kills those that take longer than ten seconds.
func endAdopted() {
	late := time.Now().Add(patience)
	for {
		switch pid, err := syscall.Wait4(-1, nil, syscall.WNOHANG, nil); {
		case err == syscall.EINTR, err == nil && pid > 0:
			continue
		case err != nil:
			return // ECHILD: there are none
		}
		signal := syscall.SIGTERM
		if time.Now().After(late) {
			signal = syscall.SIGKILL
		}
		for _, pid := range children() {
			_ = syscall.Kill(pid, signal)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// children returns the processes whose parent is this process.
func children() (pids []int) {
	processes, err := os.ReadDir("/proc")
	if err != nil {
		return nil
	}
	parent := fmt.Appendf(nil, "%d", os.Getpid())
	for _, p := range processes {
		pid, err := strconv.Atoi(p.Name())
		if err != nil {
			continue
		}
		stat, err := os.ReadFile("/proc/" + p.Name() + "/stat") // "pid (name) state parent …"
		if err != nil {
			continue
		}
		fields := bytes.Fields(stat[bytes.LastIndexByte(stat, ')')+1:])
		if len(fields) > 1 && bytes.Equal(fields[1], parent) {
			pids = append(pids, pid)
		}
	}
	return pids
}
