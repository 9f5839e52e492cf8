"""Spellings of the formula of Lab 1(a): right ones, wrong ones, and those a person must read."""

# Every one must earn the points without a person.
RIGHT_FORMULAS = (
    "W - 2*mu*X.T*(X*W - y)",
    "W - 2*mu*X'*(X*W-y)",
    "W - mu*2*X^T*(X@W-y)",
    "W - 2*mu*X.T@(X@W - y)",
    "W - 2 mu X^T (X W - y)",
    "W^k - 2*mu*X^T*(X*W^k - y)",
    "W_k - 2*mu*X'*(X*W_k - y)",
    "W^{k+1} = W^k - 2 mu X^T (X W^k - y)",
    "W_{k+1} = W_k - 2*mu*X'*(X*W_k - y)",
    "W_k - 2*mu*sum_i x_i^T (x_i W_k - y_i)",
    "W - 2*mu*sum_i x_i'*(x_i*W - y_i)",
    "W - mu*sum_i 2*x_i^T*(x_i*W - y_i)",
    "W - 2*mu*sum_i (x_i*W - y_i)*x_i^T",
    "W^k - 2μ Σ_i x_i^T (x_i W^k - y_i)",
    "W − 2·μ·Xᵀ·(X·W − y)",
    "W + 2*mu*X.T*(y - X*W)",
    "W + 2*mu*sum_i x_i^T (y_i - x_i W)",
    "W - 2*mu*X.T*X*W + 2*mu*X.T*y",
    "(I - 2*mu*X'*X)*W + 2*mu*X'*y",
    "W - 2*mu*(X.T*X*W - X.T*y)",
    "W - mu*(2*X.T*(X*W - y))",
    "-2*mu*X'*(X*W - y) + W",
    "W - 2*lr*X.T @ (X @ W - y)",
    "W - 2*mu*(x_1'*(x_1*W - y_1) + x_2'*(x_2*W - y_2) + x_3'*(x_3*W - y_3))",
    "  W-2*mu*X^{T}*( X*W-y )  ",
)

# Right, but in a typesetter's language: full points or left to a person, never zero.
TYPESET_FORMULAS = (
    r"W^{k+1} = W^k - 2\mu X^T (X W^k - y)",
    r"$W^{k+1} = W^{k} - 2 \mu X^{\top} \left( X W^{k} - y \right)$",
    r"W^k - 2\mu \sum_{i=1}^{3} x_i^T (x_i W^k - y_i)",
    r"W^{(k)} - \mu \nabla L(W^{(k)}), \nabla L(W) = 2 X^T (X W - y)",
    r"\mathbf{W}^{k} - 2\mu\,\mathbf{X}^{\mathsf{T}}(\mathbf{X}\mathbf{W}^{k}-\mathbf{y})",
)

# Left to a person, never zero: nothing here is a formula that could be evaluated.
PROSE = (
    "the old weights minus two times the learning rate times X transposed times the residual",
    "see the derivation below",
    "W minus mu times the gradient of L",
    "W - mu * dL/dW",
    "?",
)

# Readable and wrong: no automatic points.
WRONG_FORMULAS = {
    "no factor 2": "W - mu*X.T*(X*W - y)",
    "ascent": "W + 2*mu*X.T*(X*W - y)",
    "residual turned round": "W - 2*mu*X.T*(y - X*W)",
    "mean over the samples": "W - 2/3*mu*X.T*(X*W - y)",
    "a factor too many": "W - 4*mu*X.T*(X*W - y)",
    "no transpose": "W - 2*mu*X*(X*W - y)",
    "transposed the wrong way": "W - 2*mu*X.T*(X.T*W - y)",
    "no learning rate": "W - 2*X.T*(X*W - y)",
    "no targets": "W - 2*mu*X.T*X*W",
    "gradient only": "2*X.T*(X*W - y)",
    "step only": "-2*mu*X.T*(X*W - y)",
    "penalty of another problem": "W - 2*mu*X.T*(X*W - y) - mu*W",
    "one sample": "W - 2*mu*x_1'*(x_1*W - y_1)",
    "sum without factor 2": "W_k - mu*sum_i x_i^T (x_i W_k - y_i)",
    "fixed learning rate": "W - 2*0.02*X.T*(X*W - y)",
    "unchanged": "W",
}
