package model

// Resolve ties the names of the body together: domains and types of fields,
// replies of methods. It computes the layouts and reports what is wrong, all
// of it. What it had to infer stands in Notes.
func (c *Classic) Resolve() Diags {
	r := resolver{spec: c, domains: map[string]*Domain{}}
	r.declare()
	r.domainTypes()
	for _, cl := range c.Classes {
		r.class(cl)
	}
	for _, cl := range c.Classes {
		for _, m := range cl.Methods {
			r.replies(m)
		}
	}
	return r.diags
}

type resolver struct {
	spec    *Classic
	domains map[string]*Domain
	diags   Diags
}

// declare registers the names and numbers that must be unique.
func (r *resolver) declare() {
	for _, d := range r.spec.Domains {
		if first := r.domains[d.Name]; first != nil {
			r.diags.Addf(d.Pos, "domain %s is declared twice, first at %s", d.Name, first.Pos)
			continue
		}
		r.domains[d.Name] = d
	}
	names, numbers := map[string]Pos{}, map[int]Pos{}
	for _, cl := range r.spec.Classes {
		unique(&r.diags, names, cl.Name, cl.Pos, "class %s", cl.Name)
		unique(&r.diags, numbers, cl.Index, cl.Pos, "class index %d", cl.Index)
	}
}

// unique notes a key that must not come twice.
func unique[K comparable](ds *Diags, seen map[K]Pos, key K, pos Pos, what string, args ...any) {
	if first, ok := seen[key]; ok {
		args = append(args, first)
		ds.Addf(pos, what+" is declared twice, first at %s", args...)
		return
	}
	seen[key] = pos
}

// domainTypes follows each domain to its elementary type. A domain may name
// itself, as 0-9 does for the elementary types, and may name another domain.
func (r *resolver) domainTypes() {
	for _, d := range r.spec.Domains {
		seen := map[string]bool{}
		for at := d; ; {
			if t := TypeByName(at.TypeName); t != Invalid {
				d.Type = t
				break
			}
			next := r.domains[at.TypeName]
			if next == nil {
				r.diags.Addf(d.Pos, "domain %s: unknown type %q", d.Name, at.TypeName)
				break
			}
			if seen[next.Name] {
				r.diags.Addf(d.Pos, "domain %s: its type goes in a circle through %s", d.Name, next.Name)
				break
			}
			seen[next.Name] = true
			at = next
		}
	}
}

func (r *resolver) class(cl *Class) {
	names, numbers := map[string]Pos{}, map[int]Pos{}
	for _, m := range cl.Methods {
		unique(&r.diags, names, m.Name, m.Pos, "method %s.%s", cl.Name, m.Name)
		unique(&r.diags, numbers, m.Index, m.Pos, "method index %d.%d", cl.Index, m.Index)
		r.fields(m.FullName(), m.Fields)
		m.Layout = argumentLayout(m.Fields)
	}
	r.fields("class "+cl.Name, cl.Properties)
	if len(cl.Properties) > MaxProperties {
		r.diags.Addf(cl.Pos, "class %s: %d content properties; at most %d fit", cl.Name, len(cl.Properties), MaxProperties)
		return
	}
	cl.Layout = propertyLayout(cl.Properties)
}

// fields gives each field its domain and elementary type.
func (r *resolver) fields(owner string, fields []*Field) {
	names := map[string]Pos{}
	for _, f := range fields {
		unique(&r.diags, names, f.Name, f.Pos, "%s: field %s", owner, f.Name)
		f.Domain = r.domains[f.TypeName]
		f.Type = TypeByName(f.TypeName)
		switch {
		case f.Domain != nil:
			f.Type = f.Domain.Type
		case f.Type == Invalid:
			r.diags.Addf(f.Pos, "%s: field %s: unknown type or domain %q", owner, f.Name, f.TypeName)
		}
	}
}

// replies resolves the reply names of a method within its class. Where the
// spec gives none but the class has a method called <name>-ok that nothing
// else is answered by, that one is inferred and noted.
func (r *resolver) replies(m *Method) {
	for _, ref := range m.ReplyNames {
		reply := m.Class.Method(ref.Name)
		if reply == nil {
			r.diags.Addf(ref.Pos, "%s: response %s is not a method of class %s", m.FullName(), ref.Name, m.Class.Name)
			continue
		}
		m.Replies = append(m.Replies, reply)
		reply.Answers = true
	}
	if len(m.ReplyNames) > 0 {
		return
	}
	if reply := m.Class.Method(m.Name + "-ok"); reply != nil {
		m.Replies = []*Method{reply}
		reply.Answers = true
		r.spec.Notes.Addf(m.Pos, "%s: no <response>; %s is taken as its reply", m.FullName(), reply.Name)
	}
}
