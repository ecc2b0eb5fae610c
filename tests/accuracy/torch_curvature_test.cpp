// Products with the Hessian and what is estimated by them, against what they are by definition.
#include "exact_curvature.hpp"

using namespace curvature_test;

namespace {

// Two groups of weights: x of three, y of two; loss = (2 x0^2 + 3 x1^2 - 8 x2^2) / 2 + 7 x0 y0.
struct Quadratic {
    Tensor x = torch::tensor({0.3f, -1.0f, 2.0f}).requires_grad_(true);
    Tensor y = torch::tensor({1.5f, -0.5f}).requires_grad_(true);
    Tensor loss() const {
        return (x * x * torch::tensor({2.0f, 3.0f, -8.0f})).sum() / 2 + 7 * x[0] * y[0] +
               0 * (y * y).sum();
    }
    Curvature curvature() const { return Curvature(loss(), {x, y}); }
};

} // namespace

/* ---- Products ---- */

TEST(Curvature, ProductsAreTheExactHessiansOfAReluNetwork) {
    Problem p = residual();
    const Graph graph(p);
    const Tensor full = full_hessian(*graph.curvature);
    EXPECT_LT(relative(full, full.t()), 1e-5);
    for (size_t k = 0; k < std::size(residual_layers); ++k) {
        const Tensor exact = exact_block(p, residual_layers[k]);
        EXPECT_LT(relative(block_of(full, *graph.curvature, k), exact), 1e-4) << k;
    }
    // Layers bend the loss together, too, or a product of the wrong block would not be seen.
    const double whole = full.square().sum().item<double>();
    double within = 0;
    for (size_t k = 0; k < std::size(residual_layers); ++k) {
        within += block_of(full, *graph.curvature, k).square().sum().item<double>();
    }
    EXPECT_GT(whole - within, 0.1 * whole);
}

TEST(Curvature, BlockProductsLeaveOutTheOtherLayers) {
    Problem p = residual();
    const Graph graph(p);
    const Curvature& c = *graph.curvature;
    assay_rng rng = assay_rng_seed(5, "v");
    std::vector<Tensor> v = zeros(c);
    for (Tensor& part : v) {
        for (int64_t i = 0; i < part.numel(); ++i) {
            part.flatten()[i] = static_cast<float>(assay_rng_normal(&rng));
        }
    }
    const std::vector<Tensor> together = c.product(v);
    for (size_t k = 0; k < c.size(); ++k) {
        const Tensor exact = exact_block(p, residual_layers[k]).matmul(flat({v[k]}));
        EXPECT_LT(relative(flat({c.block_product(k, v[k])}), exact), 1e-4) << k;
        EXPECT_GT(relative(flat({together[k]}), exact), 0.05) << k;
    }
}

TEST(Curvature, SoftmaxRegressionHasAClosedForm) {
    Problem p = regression();
    const Tensor prob = probabilities(p);
    const Tensor x = p.inputs().contiguous().view({p.count(), -1}).to(torch::kFloat64);
    Tensor exact = torch::zeros({24, 24}, torch::kFloat64);
    for (int64_t n = 0; n < p.count(); ++n) {
        const Tensor s = at::diag(prob[n]) - at::outer(prob[n], prob[n]);
        exact += at::kron(s, at::outer(x[n], x[n])) / static_cast<double>(p.count());
    }
    const Graph graph(p);
    EXPECT_LT(relative(full_hessian(*graph.curvature), exact), 1e-5);
    EXPECT_LT(relative(exact_block(p, 0), exact), 1e-5);
}

/* ---- Estimates ---- */

TEST(Traces, DiagonalsNeedNoLuckAndCrossTermsCancel) {
    const Quadratic q;
    CurvatureSettings s;
    s.max_iterations = 3000; // +-7 of the cross term: a standard error of 0.13
    s.tolerance = 0.02;
    const std::vector<Estimate> found = traces(q.curvature(), s, {});
    EXPECT_NEAR(found[0].value, 2 + 3 - 8, 0.4);
    EXPECT_NEAR(found[1].value, 0, 0.4);
    EXPECT_FALSE(found[1].converged) << "no error is small against 0";
    const Curvature alone((q.x * q.x * torch::tensor({2.0f, 3.0f, -8.0f})).sum() / 2, {q.x});
    const Estimate exact = traces(alone, s, {})[0];
    EXPECT_FLOAT_EQ(static_cast<float>(exact.value), -3);
    EXPECT_EQ(exact.iterations, 8u); // the fewest that tell their spread
    EXPECT_TRUE(exact.converged);
}

TEST(TopEigenvalue, IsTheGreatestInMagnitudeWithItsSign) {
    const Quadratic q;
    const Curvature c = q.curvature();
    CurvatureSettings s;
    s.tolerance = 1e-7;
    const Estimate x = top_eigenvalue(c, 0, s, {}), y = top_eigenvalue(c, 1, s, {});
    EXPECT_NEAR(x.value, -8, 1e-3);
    EXPECT_TRUE(x.converged);
    EXPECT_LT(x.iterations, 30u);
    EXPECT_EQ(y.value, 0); // flat
    EXPECT_TRUE(y.converged);
}

TEST(TopEigenvalue, SaysThatItDidNotConverge) {
    const Quadratic q;
    CurvatureSettings s;
    s.max_iterations = 2;
    s.tolerance = 1e-9;
    const Estimate found = top_eigenvalue(q.curvature(), 0, s, {});
    EXPECT_EQ(found.iterations, 2u);
    EXPECT_FALSE(found.converged);
}
