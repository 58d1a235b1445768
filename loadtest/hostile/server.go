package main

import (
	"bufio"
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

const (
	cdnHost    = "cdn.example.com"
	adminToken = "the-suites-own"
	startLimit = 60 * time.Second
)

// server is a balancer in a process of its own, on its own core.
type server struct {
	command *exec.Cmd
	cgroup  string
	target  target
	ended   chan struct{} // closed when the process has ended
	started time.Time
	first   usage // once warm

	mu    sync.Mutex
	lines []logLine
	tail  []string
}

type logLine struct {
	at   time.Time
	kind string
}

// usage is what the process takes of the machine.
type usage struct {
	rss                  int64 // bytes
	descriptors, threads int
}

// startServer starts a balancer for an attack, and waits until it serves.
func startServer(o options, a attack, folder string) (*server, error) {
	certificate, err := makeCertificate(folder)
	if err != nil {
		return nil, err
	}
	s := &server{ended: make(chan struct{}), started: time.Now()}
	var words []string
	if o.memory > 0 {
		if s.cgroup, err = makeCgroup(o.memory); err != nil {
			return nil, err
		}
		words = []string{"bash", "-c", `echo $$ >"$0/cgroup.procs" && exec "$@"`, s.cgroup}
	}
	if nice, _ := syscall.Getpriority(syscall.PRIO_PROCESS, 0); nice > 20 { // the call returns 20 - nice
		words = append(words, "nice", "-n", strconv.Itoa(nice-20))
	}
	words = append(words, "taskset", "-c", core("SERVER_CORE", "0"))
	if a.files > 0 {
		words = append(words, "prlimit", "--nofile="+strconv.Itoa(a.files))
	}
	words = append(words, javaCommand(), "@src/main/jvm/jvm.options")
	words = append(words, strings.Fields(os.Getenv("JVM_OPTIONS"))...)
	words = append(words, "-jar", "target/redirect-balancer.jar")
	s.command = exec.Command(words[0], words[1:]...)
	s.command.Env = append(os.Environ(), "CDN_HOST="+cdnHost, "ORIGIN_EVERY=10", "LOG_FORMAT=json", "MALLOC_ARENA_MAX=1",
		"GRPC_TRANSPORT="+o.transport, "PORT=0", "ADMIN_PORT=0", "TLS_PORT=0", "TLS_CERT="+certificate,
		"TLS_KEY="+certificate, "ADMIN_TOKEN="+adminToken)
	s.command.Env = append(s.command.Env, a.settings...)
	out, in, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	s.command.Stdout, s.command.Stderr = in, in
	if err := s.command.Start(); err != nil {
		return nil, err
	}
	_ = in.Close()
	serving := make(chan map[string]any, 1)
	go s.readLog(out, serving)
	go func() {
		_ = s.command.Wait()
		close(s.ended)
	}()
	select {
	case fields := <-serving:
		address := func(port any) string { return fmt.Sprintf("127.0.0.1:%v", port) }
		s.target = target{GRPC: address(fields["redirect_balancer.port"]), TLS: address(fields["redirect_balancer.tls_port"]),
			Admin: fmt.Sprint(fields["redirect_balancer.admin"]), Token: adminToken, PID: s.command.Process.Pid}
		return s, nil
	case <-s.ended:
	case <-time.After(startLimit):
	}
	s.stop()
	return nil, fmt.Errorf("the balancer did not start: %s", strings.Join(s.tail, "\n"))
}

func javaCommand() string {
	if java := os.Getenv("JAVA"); java != "" {
		return java
	}
	if home := os.Getenv("JAVA_HOME"); home != "" {
		return home + "/bin/java"
	}
	return "java"
}

func core(variable, usual string) string {
	if value := os.Getenv(variable); value != "" {
		return value
	}
	return usual
}

// makeCgroup makes a memory control group of version 2 or 1.
func makeCgroup(mib int) (string, error) {
	name := fmt.Sprintf("redirect-balancer-hostile-%d", os.Getpid())
	limit := []byte(strconv.Itoa(mib << 20))
	if v1 := "/sys/fs/cgroup/memory"; isFolder(v1) {
		path := filepath.Join(v1, name)
		if err := os.MkdirAll(path, 0o755); err != nil {
			return "", err
		}
		return path, os.WriteFile(path+"/memory.limit_in_bytes", limit, 0o644)
	}
	_ = os.WriteFile("/sys/fs/cgroup/cgroup.subtree_control", []byte("+memory"), 0o644)
	path := filepath.Join("/sys/fs/cgroup", name)
	if err := os.MkdirAll(path, 0o755); err != nil {
		return "", err
	}
	if err := os.WriteFile(path+"/memory.max", limit, 0o644); err != nil {
		return "", fmt.Errorf("no memory cgroup can be made here: %w", err)
	}
	_ = os.WriteFile(path+"/memory.swap.max", []byte("0"), 0o644) // a kernel without swap has no such limit
	return path, nil
}

func isFolder(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// stop ends the process at once; whether it ends gracefully is for the attack that asks for it.
func (s *server) stop() {
	_ = s.command.Process.Kill()
	<-s.ended
	if s.cgroup != "" {
		for range 100 {
			if os.Remove(s.cgroup) == nil {
				break
			}
			time.Sleep(50 * time.Millisecond)
		}
	}
}

func (s *server) alive() bool {
	select {
	case <-s.ended:
		return false
	default:
		return true
	}
}

func (s *server) exitCode() int {
	<-s.ended
	status := s.command.ProcessState.Sys().(syscall.WaitStatus)
	if status.Signaled() {
		return 128 + int(status.Signal())
	}
	return status.ExitStatus()
}

var digits = regexp.MustCompile(`[0-9]+`)

// readLog sorts the lines by kind: the logger and its message without numbers, and the reason if there is one.
func (s *server) readLog(out io.Reader, serving chan<- map[string]any) {
	lines := bufio.NewScanner(out)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		text := lines.Text()
		var fields map[string]any
		kind := "not JSON: " + digits.ReplaceAllString(text, "#")
		if json.Unmarshal(lines.Bytes(), &fields) == nil {
			if fields["message"] == "serving" {
				serving <- fields
			}
			kind = digits.ReplaceAllString(fmt.Sprint(fields["log.logger"], ": ", fields["message"]), "#")
			if reason, ok := fields["redirect_balancer.reason"]; ok {
				kind += fmt.Sprint(" (", reason, ")")
			}
		}
		s.mu.Lock()
		s.lines = append(s.lines, logLine{time.Now(), kind})
		s.tail = append(s.tail[max(0, len(s.tail)-19):], text)
		s.mu.Unlock()
	}
}

// logged returns the number of lines since then, by kind.
func (s *server) logged(since time.Time) map[string]int {
	s.mu.Lock()
	defer s.mu.Unlock()
	kinds := map[string]int{}
	for _, line := range s.lines {
		if line.at.After(since) {
			kinds[line.kind]++
		}
	}
	return kinds
}

func (s *server) rss() int64 {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", s.target.PID))
	if err != nil {
		return 0
	}
	fields := bytes.Fields(text)
	pages, _ := strconv.ParseInt(string(fields[1]), 10, 64)
	return pages * int64(os.Getpagesize())
}

func (s *server) usage() usage {
	count := func(folder string) int {
		entries, _ := os.ReadDir(fmt.Sprintf("/proc/%d/%s", s.target.PID, folder))
		return len(entries)
	}
	return usage{s.rss(), count("fd"), count("task")}
}

// exactTenth returns an error unless the origin got every tenth call since the start. Nobody may be calling.
func (s *server) exactTenth() error {
	var last, now [2]int64
	for range 50 { // until two readings agree: a call is counted when its stream closes
		metrics, err := s.metrics()
		if err != nil {
			return err
		}
		now = [2]int64{}
		for name, value := range metrics {
			if strings.HasPrefix(name, "redirects_total") {
				now[0] += value
				if strings.Contains(name, `target="origin"`) {
					now[1] += value
				}
			}
		}
		if now[1] == now[0]/10 && now == last {
			return nil
		}
		last = now
		time.Sleep(100 * time.Millisecond)
	}
	return fmt.Errorf("%d of %d calls went to the origin", now[1], now[0])
}

func (s *server) metrics() (map[string]int64, error) {
	http := http.Client{Timeout: 5 * time.Second}
	answer, err := http.Get("http://" + s.target.Admin + "/metrics")
	if err != nil {
		return nil, fmt.Errorf("no metrics: %w", err)
	}
	defer http.CloseIdleConnections()
	defer answer.Body.Close()
	if answer.StatusCode != 200 {
		return nil, errors.New("no metrics: " + answer.Status)
	}
	values := map[string]int64{}
	lines := bufio.NewScanner(answer.Body)
	for lines.Scan() {
		name, value, found := strings.Cut(lines.Text(), "} ")
		if number, err := strconv.ParseFloat(value, 64); found && err == nil {
			values[name] = int64(number)
		}
	}
	return values, lines.Err()
}

// makeCertificate writes a certificate and its key, and returns their file.
func makeCertificate(folder string) (string, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return "", err
	}
	template := x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "localhost"}, DNSNames: []string{"localhost"},
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore:   time.Now().Add(-time.Hour), NotAfter: time.Now().Add(48 * time.Hour),
	}
	certificate, err := x509.CreateCertificate(rand.Reader, &template, &template, &key.PublicKey, key)
	if err != nil {
		return "", err
	}
	encoded, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return "", err
	}
	var text bytes.Buffer
	_ = pem.Encode(&text, &pem.Block{Type: "CERTIFICATE", Bytes: certificate})
	_ = pem.Encode(&text, &pem.Block{Type: "PRIVATE KEY", Bytes: encoded})
	path := filepath.Join(folder, "server.pem")
	return path, os.WriteFile(path, text.Bytes(), 0o600)
}
