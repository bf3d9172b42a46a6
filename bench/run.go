package bench

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"time"

	"github.com/amqpgen/amqpgen/bench/words"
)

// runLimit is how long a client may take for a run before it is ended.
const runLimit = 2 * time.Minute

// Run measures one run of so many messages, in a process of its own, which ends
// with the context. It fails if a message is lost.
func (s *Suite) Run(ctx context.Context, sc Scenario, c Contender, messages int) (Result, error) {
	return s.run(sc, c, messages, func(t Task) (Result, error) { return s.start(ctx, c, t) })
}

// RunHere is Run within this process, for a contender in Go, so that it can be
// profiled.
func (s *Suite) RunHere(sc Scenario, c Contender, messages int) (Result, error) {
	return s.run(sc, c, messages, c.dial.perform)
}

func (s *Suite) run(sc Scenario, c Contender, messages int, perform func(Task) (Result, error)) (Result, error) {
	r, err := s.runWithServer(sc, messages, perform)
	if err != nil {
		return Result{}, fmt.Errorf("%s: %s: %w", c.Name, sc, err)
	}
	return r, nil
}

func (s *Suite) runWithServer(sc Scenario, messages int, perform func(Task) (Result, error)) (Result, error) {
	t := sc.newTask(messages)
	server, err := s.server(sc.Server, t)
	if err != nil {
		return Result{}, err
	}
	t.Address = server.address()
	r, err := perform(t)
	if err != nil {
		server.abandon()
		return Result{}, err
	}
	return r, server.finish(t)
}

// start has a client's process do a task.
func (s *Suite) start(ctx context.Context, c Contender, t Task) (Result, error) {
	ctx, cancel := context.WithTimeout(ctx, runLimit)
	defer cancel()
	cmd, err := s.command(ctx, c, words.Format(t.fields()))
	if err != nil {
		return Result{}, err
	}
	line, err := cmd.Output()
	if ctx.Err() != nil {
		return Result{}, ctx.Err()
	}
	if err != nil {
		return Result{}, withComplaints(err)
	}
	return parseResult(string(line))
}

func (s *Suite) command(ctx context.Context, c Contender, args []string) (*exec.Cmd, error) {
	if argv := s.argv[c.Name]; argv != nil {
		args = append(argv[1:len(argv):len(argv)], args...)
		return exec.CommandContext(ctx, argv[0], args...), nil
	}
	program, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Env = append(os.Environ(), clientVariable+"="+c.Name)
	return cmd, nil
}
