package model

// Resolve ties the names of the body together: domains and types of fields,
// replies of methods. It computes the layouts and reports what is wrong, all
// of it. What it had to infer stands in Notes. An empty name and a negative
// number stand for one that was reported when it was read.
func (c *Classic) Resolve() Diags {
	r := resolver{spec: c, domains: map[string]*Domain{}, followed: map[*Domain]bool{}}
	r.declare()
	r.domainTypes()
	for _, cl := range c.Classes {
		r.class(cl)
	}
	for _, cl := range c.Classes {
		r.replies(cl)
	}
	return r.diags
}

type resolver struct {
	spec     *Classic
	domains  map[string]*Domain
	followed map[*Domain]bool // entered; true once the type is known
	diags    Diags
}

// declare registers the names and numbers that must be unique.
func (r *resolver) declare() {
	for _, d := range r.spec.Domains {
		if first := r.domains[d.Name]; first != nil {
			r.diags.Addf(d.Pos, "domain %s is declared twice, first at %s", d.Name, first.Pos)
		} else if d.Name != "" {
			r.domains[d.Name] = d
		}
	}
	names, numbers := map[string]Pos{}, map[int]Pos{}
	for _, cl := range r.spec.Classes {
		uniqueName(&r.diags, names, cl.Name, cl.Pos, "class %s", cl.Name)
		uniqueNumber(&r.diags, numbers, cl.Index, cl.Pos, "class index %d", cl.Index)
	}
}

func uniqueName(ds *Diags, seen map[string]Pos, name string, pos Pos, what string, args ...any) {
	if name != "" {
		unique(ds, seen, name, pos, what, args...)
	}
}

func uniqueNumber(ds *Diags, seen map[int]Pos, number int, pos Pos, what string, args ...any) {
	if number >= 0 {
		unique(ds, seen, number, pos, what, args...)
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

// domainTypes follows each domain to its elementary type.
func (r *resolver) domainTypes() {
	for _, d := range r.spec.Domains {
		r.domainType(d)
	}
}

// domainType follows a domain. It may name itself, as 0-9 does for the
// elementary types, and may name another domain. What is wrong is reported
// where it is, once, however many domains lead there.
func (r *resolver) domainType(d *Domain) Type {
	done, entered := r.followed[d]
	switch {
	case done:
		return d.Type
	case entered:
		r.diags.Addf(d.Pos, "domain %s: its type goes in a circle", d.Name)
		return Invalid
	}
	r.followed[d] = false
	d.Type = TypeByName(d.TypeName)
	if next := r.domains[d.TypeName]; d.Type == Invalid && next != nil {
		d.Type = r.domainType(next)
	} else if d.Type == Invalid && d.TypeName != "" {
		r.diags.Addf(d.Pos, "domain %s: unknown type %q", d.Name, d.TypeName)
	}
	r.followed[d] = true
	return d.Type
}

func (r *resolver) class(cl *Class) {
	names, numbers := map[string]Pos{}, map[int]Pos{}
	for _, m := range cl.Methods {
		uniqueName(&r.diags, names, m.Name, m.Pos, "method %s.%s", cl.Name, m.Name)
		uniqueNumber(&r.diags, numbers, m.Index, m.Pos, "method index %d.%d", cl.Index, m.Index)
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
		uniqueName(&r.diags, names, f.Name, f.Pos, "%s: field %s", owner, f.Name)
		f.Domain = r.domains[f.TypeName]
		f.Type = TypeByName(f.TypeName)
		switch {
		case f.Domain != nil:
			f.Type = f.Domain.Type
		case f.ByDomain && f.TypeName != "":
			f.Type = Invalid
			r.diags.Addf(f.Pos, "%s: field %s: domain %q is not declared", owner, f.Name, f.TypeName)
		case f.Type == Invalid && f.TypeName != "":
			r.diags.Addf(f.Pos, "%s: field %s: unknown type or domain %q", owner, f.Name, f.TypeName)
		}
	}
}

// replies resolves the reply names of a class's methods within the class.
// Where the spec gives none but the class has a method called <name>-ok, that
// one is inferred and noted.
func (r *resolver) replies(cl *Class) {
	methods := map[string]*Method{}
	for _, m := range cl.Methods {
		if methods[m.Name] == nil {
			methods[m.Name] = m
		}
	}
	for _, m := range cl.Methods {
		r.stated(m, methods)
		if reply := methods[m.Name+"-ok"]; reply != nil && len(m.ReplyNames) == 0 {
			m.Replies = []*Method{reply}
			r.spec.Notes.Addf(m.Pos, "%s: no <response>; %s is taken as its reply", m.FullName(), reply.Name)
		}
	}
}

// stated resolves the replies that the spec states.
func (r *resolver) stated(m *Method, methods map[string]*Method) {
	seen := map[string]Pos{}
	for _, ref := range m.ReplyNames {
		uniqueName(&r.diags, seen, ref.Name, ref.Pos, "%s: response %s", m.FullName(), ref.Name)
		if reply := methods[ref.Name]; reply != nil {
			m.Replies = append(m.Replies, reply)
		} else if ref.Name != "" {
			r.diags.Addf(ref.Pos, "%s: response %s is not a method of class %s", m.FullName(), ref.Name, m.Class.Name)
		}
	}
}
