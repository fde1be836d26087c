struct User;

#[gopool::before]
fn guard(user: User) {
    drop(user);
}

fn main() {}
