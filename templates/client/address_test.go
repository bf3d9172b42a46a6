package client

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

// cluster is a dialer to servers that play scripts, over pipes.
type cluster struct {
	t       *testing.T
	scripts map[string]func(*peer) // by the first letters of the address; nil hangs, none refuses
	mu      sync.Mutex
	tried   []string
	playing sync.WaitGroup
}

func (c *cluster) dial(ctx context.Context, network, address string) (net.Conn, error) {
	c.mu.Lock()
	c.tried = append(c.tried, network+" "+address)
	c.mu.Unlock()
	kind := strings.FieldsFunc(address, func(r rune) bool { return r == '.' || r == ':' })[0]
	script, known := c.scripts[kind]
	if !known {
		return nil, &net.OpError{Op: "dial", Net: network, Err: syscall.ECONNREFUSED}
	}
	if script == nil {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	client, server := net.Pipe()
	c.playing.Go(func() {
		defer server.Close()
		p := &peer{c.t, server}
		var header [8]byte
		server.Read(header[:])
		script(p)
	})
	return client, nil
}

// refusing says no in the stage login or open.
func refusing(stage string, code ReplyCode) func(*peer) {
	return func(p *peer) {
		p.send(0, &ConnectionStart{Mechanisms: "PLAIN"})
		expect[ConnectionStartOK](p, 0)
		if stage == "open" {
			p.send(0, &ConnectionTune{})
			expect[ConnectionTuneOK](p, 0)
			expect[ConnectionOpen](p, 0)
		}
		p.send(0, &ConnectionClose{ReplyCode: code, ReplyText: "no"})
		expect[ConnectionCloseOK](p, 0)
	}
}

func welcoming(p *peer) {
	p.send(0, &ConnectionStart{Mechanisms: "PLAIN"})
	expect[ConnectionStartOK](p, 0)
	p.send(0, &ConnectionTune{})
	expect[ConnectionTuneOK](p, 0)
	expect[ConnectionOpen](p, 0)
	p.send(0, &ConnectionOpenOK{})
	p.closeConnection()
}

var clusterScripts = map[string]func(*peer){
	"hangs":    nil,
	"mute":     func(p *peer) { io.Copy(io.Discard, p.nc) },
	"good":     welcoming,
	"guest":    refusing("login", ReplyAccessRefused),
	"vhost":    refusing("open", ReplyNotAllowed),
	"stopping": refusing("open", 320),
	"other":    func(p *peer) { p.write([]byte("AMQP\x00\x00\x09\x01")) },
	"http":     func(p *peer) { p.write([]byte("HTTP/1.1 400 Bad Request\r\n")) },
}

// TestR12_Addresses goes on to the next address after what may be otherwise there,
// and tells what happened at each. The trouble that it prevents: a client knew one
// server of a cluster alone.
func TestR12_Addresses(t *testing.T) {
	for _, c := range []struct {
		addresses []string
		tried     string
		problems  []Problem // none: it gets a connection
	}{
		{[]string{"good.a", "good.b"}, "tcp good.a:1", nil},
		{[]string{"refuses", "http", "stopping", "mute:7", "good"}, "tcp refuses:1, tcp http:1, tcp stopping:1, tcp mute:7, tcp good:1", nil},
		{[]string{"unix:/s", "::1", "[::2]:3", "good"}, "unix /s, tcp [::1]:1, tcp [::2]:3, tcp good:1", nil},
		{[]string{"refuses", "hangs", "http"}, "tcp refuses:1, tcp hangs:1, tcp http:1", []Problem{ProblemNetwork, ProblemNotAMQP}},
		{[]string{"refuses", "guest", "good"}, "tcp refuses:1, tcp guest:1", []Problem{ProblemNetwork, ProblemCredentials}},
		{[]string{"vhost", "good"}, "tcp vhost:1", []Problem{ProblemVirtualHost}},
		{[]string{"other", "good"}, "tcp other:1", []Problem{ProblemVersion}},
	} {
		t.Run(strings.Join(c.addresses, " "), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				servers := &cluster{t: t, scripts: clusterScripts}
				conn, err := Dial(t.Context(), "amqp://unused:1/", &Config{Addresses: c.addresses, Dialer: servers.dial})
				if got := strings.Join(servers.tried, ", "); got != c.tried {
					t.Errorf("tried %s", got)
				}
				checkProblems(t, err, c.problems, len(servers.tried))
				if err == nil {
					conn.Close()
				}
				servers.playing.Wait()
			})
		})
	}
}

func checkProblems(t *testing.T, err error, problems []Problem, tries int) {
	t.Helper()
	if (err == nil) != (problems == nil) {
		t.Fatalf("got %v", err)
	}
	for _, p := range problems {
		if !errors.Is(err, p) {
			t.Errorf("no %v in: %v", p, err)
		}
	}
	var several addressErrors
	if tries > 1 && err != nil && (!errors.As(err, &several) || len(several) != tries || strings.Count(err.Error(), "\n") != tries) {
		t.Errorf("not all of %d tries are in: %v", tries, err)
	}
}

// TestFairShares leaves each address its share of the time that is left, and
// all of it to the last.
func TestFairShares(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		servers := &cluster{t: t, scripts: clusterScripts}
		ctx, cancel := context.WithTimeout(t.Context(), 12*time.Second)
		defer cancel()
		var took []time.Duration
		last := time.Now()
		dialer := func(ctx context.Context, network, address string) (net.Conn, error) {
			nc, err := servers.dial(ctx, network, address)
			took = append(took, time.Since(last))
			last = time.Now()
			return nc, err
		}
		_, err := Dial(ctx, "amqp://unused/", &Config{Addresses: []string{"hangs", "refuses", "hangs", "mute"}, Dialer: dialer})
		if want := []time.Duration{3 * time.Second, 0, 4500 * time.Millisecond, 0}; !slices.Equal(took, want) {
			t.Errorf("the addresses took %v, wanted %v", took, want)
		}
		if !errors.Is(err, ProblemSilence) || time.Since(last) != 4500*time.Millisecond {
			t.Errorf("the last took %v: %v", time.Since(last), err)
		}
		servers.playing.Wait()
	})
}

// TestConnectTimeout bounds the wait for the network, and for that alone.
func TestConnectTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		servers := &cluster{t: t, scripts: clusterScripts}
		begun := time.Now()
		config := &Config{Addresses: []string{"hangs.a", "hangs.b"}, Dialer: servers.dial}
		_, err := Dial(t.Context(), "amqp://unused/?connection_timeout=1500", config)
		if took := time.Since(begun); !errors.Is(err, ProblemNetwork) || took != 3*time.Second {
			t.Errorf("after %v: %v", took, err)
		}
		begun = time.Now()
		config.Addresses = []string{"mute"}
		_, err = Dial(t.Context(), "amqp://unused/?connection_timeout=1500", config)
		if took := time.Since(begun); !errors.Is(err, ProblemSilence) || took != dialWait {
			t.Errorf("after %v: %v", took, err)
		}
		servers.playing.Wait()
	})
}

// TestShuffle begins with each address at some time, and tries all.
func TestShuffle(t *testing.T) {
	addresses := []string{"a", "b", "c"}
	first := map[string]bool{}
	for range 200 {
		servers := &cluster{t: t}
		Dial(t.Context(), "amqp://unused:1/", &Config{Addresses: addresses, Shuffle: true, Dialer: servers.dial})
		first[servers.tried[0]] = true
		if slices.Sort(servers.tried); strings.Join(servers.tried, ", ") != "tcp a:1, tcp b:1, tcp c:1" {
			t.Fatalf("tried %v", servers.tried)
		}
	}
	if len(first) != 3 || strings.Join(addresses, "") != "abc" {
		t.Errorf("first %v; the program's are %v", first, addresses)
	}
}

// TestAskedAtEachDial asks the program for addresses and credentials anew.
func TestAskedAtEachDial(t *testing.T) {
	n := 0
	config := &Config{
		Addresses:   []string{"unused"},
		Resolve:     func(context.Context) ([]string, error) { n++; return []string{fmt.Sprintf("good.%d", n)}, nil },
		Credentials: func(context.Context) (string, string, error) { return "u", fmt.Sprintf("token %d", n), nil },
	}
	for want := 1; want <= 2; want++ {
		servers := &cluster{t: t, scripts: map[string]func(*peer){"good": func(p *peer) {
			p.send(0, &ConnectionStart{Mechanisms: "PLAIN"})
			if m := expect[ConnectionStartOK](p, 0); m.Response != fmt.Sprintf("\x00u\x00token %d", want-1) {
				p.fatalf("got %q", m.Response)
			}
			p.send(0, &ConnectionClose{ReplyCode: 320})
			expect[ConnectionCloseOK](p, 0)
		}}}
		config.Dialer = servers.dial
		Dial(t.Context(), "amqp://a:b@unused:1/", config)
		if got := servers.tried; len(got) != 1 || got[0] != fmt.Sprintf("tcp good.%d:1", want) {
			t.Errorf("tried %v", got)
		}
		servers.playing.Wait()
	}
}

// TestAskedInVain ends a Dial with what the program's functions return.
func TestAskedInVain(t *testing.T) {
	own := errors.New("own")
	for name, c := range map[string]struct {
		config Config
		is     func(error) bool
	}{
		"no addresses":        {Config{Resolve: func(context.Context) ([]string, error) { return nil, nil }}, func(err error) bool { return errors.Is(err, ProblemNetwork) }},
		"no resolution":       {Config{Resolve: func(context.Context) ([]string, error) { return nil, own }}, func(err error) bool { return errors.Is(err, own) }},
		"no credentials":      {Config{Credentials: func(context.Context) (string, string, error) { return "", "", own }}, func(err error) bool { return errors.Is(err, own) }},
		"an empty address":    {Config{Addresses: []string{""}}, isA[*UsageError]},
		"an address's scheme": {Config{Addresses: []string{"amqp://h"}}, isA[*UsageError]},
		"no port":             {Config{Addresses: []string{"h:"}}, isA[*UsageError]},
		"no socket":           {Config{Addresses: []string{"unix:"}}, isA[*UsageError]},
	} {
		c.config.Dialer = func(context.Context, string, string) (net.Conn, error) { t.Error("dialed"); return nil, own }
		if _, err := Dial(t.Context(), "amqp://h", &c.config); !isA[*OpError](err) || !c.is(err) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestUnixSocket connects to a socket in the file system, by URI and address.
func TestUnixSocket(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	done := make(chan struct{})
	go func() {
		defer close(done)
		for range 2 {
			nc, err := l.Accept()
			if err != nil {
				return
			}
			p := &peer{t, nc}
			p.handshake(serverTune)
			p.closeConnection()
			nc.Close()
		}
	}()
	for uri, config := range map[string]*Config{
		"amqp+unix://u:p@" + path: nil,
		"amqp://u:p@unused":       {Addresses: []string{"unix:" + path}},
	} {
		conn, err := Dial(t.Context(), uri, config)
		if err != nil {
			t.Fatal(err)
		}
		if err := conn.Close(); err != nil {
			t.Error(err)
		}
	}
	<-done
	checkLeaks(t)
}
